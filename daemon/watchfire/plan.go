package main

// planCmd holds what can be done with emergency plans on the command line.
type planCmd struct {
	Lint planLintCmd `cmd:"" help:"Check plans: what is wrong, what an organisation has to look at, and how to mend it."`
}
