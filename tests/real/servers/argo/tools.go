//go:build tools

// Package tools pins the Argo Rollouts controller that makes the recorded fixtures.
package tools

import _ "github.com/argoproj/argo-rollouts/cmd/rollouts-controller"
