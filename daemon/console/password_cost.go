//go:build !failpoints

package console

// How passwords are hashed: argon2id with 19 MiB and two passes, the least that
// OWASP recommends, because a small server must stay within its memory.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
)
