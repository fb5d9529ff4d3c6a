package main

import "os"

// hangup has no signal on a system that has none for it.
var hangup []os.Signal
