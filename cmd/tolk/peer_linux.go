package main

import (
	"net"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// peer names who is at the other end of a socket in the data folder: the account
// that owns this process, or root. Anybody else is nobody.
func peer(c net.Conn) string {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return ""
	}
	var who *syscall.Ucred
	if raw.Control(func(fd uintptr) { who, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED) }) != nil || err != nil {
		return ""
	}
	if int(who.Uid) != os.Geteuid() && who.Uid != 0 {
		return ""
	}
	return account(int(who.Uid))
}

// account is the name of an account, its number where it has none.
func account(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}
