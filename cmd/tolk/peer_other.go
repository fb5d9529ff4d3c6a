//go:build !linux

package main

import (
	"net"
	"os"
	"os/user"
	"strconv"
)

// peer names who is at the other end of a socket in the data folder. The socket
// is for the account that owns this process; the system says no more.
func peer(c net.Conn) string {
	if _, ok := c.(*net.UnixConn); !ok {
		return ""
	}
	return account(os.Geteuid())
}

// account is the name of an account, its number where it has none.
func account(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}
