package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/daemon"
	"watchfire/playbooks"
)

type planReplyCmd struct {
	Kind     string `help:"Kind of text: first_statement, update, final, refutation, correction, safety_notice, direct_notice, pinned_reply, comment_reply or message_reply." default:"first_statement" enum:"first_statement,update,final,refutation,correction,safety_notice,direct_notice,pinned_reply,comment_reply,message_reply,internal_flash,lines_to_take"`
	Casualty bool   `help:"People were hurt: tone weighs more."`
	Config   string `help:"Configuration, for the organisation's own rules." short:"c" type:"path"`
	Lang     string `help:"Language of what is printed: zh or en." default:"zh" enum:"zh,en"`
	JSON     bool   `help:"Print JSON." name:"json"`
}

// Run checks the text on standard input by the reply rules and says what it promises. A
// rule that does not let the text pass makes it fail.
func (c *planReplyCmd) Run() error {
	cfg := daemon.DefaultConfig()
	if c.Config != "" {
		var err error
		if cfg, err = daemon.LoadConfig(c.Config); err != nil {
			return err
		}
	}
	lib, err := playbooks.Load(planFolders(cfg.Playbooks)...)
	if err != nil {
		return fmt.Errorf("load playbooks: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 16<<20))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	draft := playbooks.Draft{Kind: c.Kind, Text: string(text), Casualty: c.Casualty}
	if c.Config != "" {
		draft.Desk = cfg.Desk()
		draft.Desk.Secrecy = "not asked for here"
	}
	found := lib.LintReply(draft)
	given := playbooks.Promised(string(text), time.Now().In(cfg.Zoned()), cfg.Works)
	blocked := 0
	for _, f := range found {
		if f.Severity == playbooks.Stop {
			blocked++
		}
	}
	if err := c.print(string(text), found, given); err != nil {
		return err
	}
	if blocked > 0 {
		return fmt.Errorf("lint the text: %d rules do not let it pass", blocked)
	}
	return nil
}

func (c *planReplyCmd) print(text string, found []playbooks.Objection, given []playbooks.Given) error {
	if c.JSON {
		out := struct {
			Findings []playbooks.Objection `json:"findings"`
			Promises []playbooks.Given     `json:"promises"`
		}{found, given}
		if out.Findings == nil {
			out.Findings = []playbooks.Objection{}
		}
		if out.Promises == nil {
			out.Promises = []playbooks.Given{}
		}
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(out)
	}
	en := c.Lang == "en"
	pick := func(zh, e string) string {
		if en {
			return e
		}
		return zh
	}
	for _, f := range found {
		where := pick("全文", "whole text")
		if f.To > f.From {
			where = fmt.Sprintf(pick("第%d行“%s”", "line %d “%s”"), 1+strings.Count(text[:f.From], "\n"), f.Found)
		} else if f.Found != "" {
			where = f.Found
		}
		fmt.Fprintf(stdout, "%-5s %s  %s\n      %s\n", f.Severity, f.Rule, where, f.What.In(c.Lang))
		if f.Suggest != "" {
			fmt.Fprintf(stdout, "      %s%s\n", pick("建议：", "better: "), f.Suggest)
		}
		if f.Why != "" {
			fmt.Fprintf(stdout, "      %s%s\n", pick("理由：", "why: "), f.Why)
		}
	}
	if len(found) == 0 {
		fmt.Fprintf(stdout, pick("没有发现问题（%d字）。\n", "nothing found (%d characters).\n"), utf8.RuneCountInString(strings.TrimSpace(text)))
	}
	for _, g := range given {
		fmt.Fprintf(stdout, pick("承诺：%s  %s\n", "promise: %s  %s\n"), g.Due.Format("2006-01-02 15:04"), g.What)
	}
	return nil
}
