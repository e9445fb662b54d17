//go:build tools

// Package tools pins the etcd server that the real test target starts.
package tools

import _ "go.etcd.io/etcd/server/v3"
