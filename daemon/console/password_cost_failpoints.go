//go:build failpoints

package console

// How passwords are hashed by a daemon that is built to be killed: as cheaply as argon2id
// can, because it hashes eight in every round, and no crash depends on their cost.
const (
	hashMemory = 8 // KiB
	hashPasses = 1
)
