//go:build unix

package alerts

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// inGroup starts a program as the head of a group of processes of its own, and ends
// the whole group when its time is up: a script leaves what it started otherwise.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}

// isNoProgram says whether a file cannot be run at all.
func isNoProgram(err error) bool {
	return errors.Is(err, syscall.ENOEXEC) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOTDIR)
}
