// Package playbooks knows what to do in a crisis: it reads emergency plans
// (应急预案) written as YAML, finds the ones that fit what the detectors report,
// and turns them into the snapshot an incident carries.
//
// A playbook is prose with numbers in it. Each step names who does it, how soon
// by our own target, and, where a law or a superior's rule sets a limit, that
// limit with its document and article. Load is strict, because a typing error in
// a plan shows at three in the morning: an unknown key, a role nobody knows, or a
// target behind its red line is an error that names file, line, key and fix.
//
// The library in library/ is embedded; an organisation's own folder is loaded
// after it and replaces playbooks by id. Nothing here keeps state or reads the
// clock; a Library never changes after Load and is safe for concurrent use.
package playbooks
