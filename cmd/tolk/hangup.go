//go:build !windows

package main

import (
	"os"
	"syscall"
)

// hangup has the configuration read again at once.
var hangup = []os.Signal{syscall.SIGHUP}
