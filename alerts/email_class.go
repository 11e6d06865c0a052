package alerts

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
)

// What a person can do when a mail server does not take an alert.
var (
	fixLetter      = fix{"邮件写不出来：核对发件和收件地址", "the mail cannot be written: check the addresses of sender and recipients"}
	fixCertificate = fix{"邮件服务器的证书不可信：核对服务器名称；单位自签的证书请写进 ca 所指的文件", "the mail server's certificate is not trusted: check the host name; put a certificate of your own into the file named by ca"}
	fixNoTLS       = fix{"邮件服务器不支持所选的加密方式：端口465用 tls，端口587用 starttls，请核对 port 和 security", "the mail server does not encrypt in the way chosen: use tls for port 465 and starttls for port 587; check port and security"}
	fixNoLogin     = fix{"邮件服务器不接受账号密码登录：请管理员开通 SMTP 认证，或去掉 username", "the mail server takes no login: ask its administrator to permit SMTP authentication, or remove username"}
	fixLogin       = fix{"邮箱账号或密码不对：核对后改正；不少邮箱要用专门的授权码，而不是登录密码", "the mail account or its password is wrong: correct it; many providers want an app password in place of the one for the web"}
	fixSender      = fix{"邮件服务器不接受发件地址：from 改成该账号有权使用的地址", "the mail server does not accept the sender: set from to an address that the account may use"}
	fixRecipients  = fix{"邮件服务器不接受这些收件地址，请核对或去掉：%s", "the mail server does not accept these recipients, correct or remove them: %s"}
	fixPutOff      = fix{"这些收件地址暂时不收，可能是邮箱已满，请查看：%s", "the mail server puts these recipients off, perhaps because their mailbox is full, look into it: %s"}
	fixOthersHave  = fix{"。其他收件人已收到", ". The other recipients have it"}
	fixContent     = fix{"邮件服务器拒收这封邮件（可能被当作垃圾邮件或超过大小限制）：请邮件管理员放行该发件地址", "the mail server refuses the message, perhaps as spam or as too large: ask its administrator to let the sender through"}
	fixServer      = fix{"邮件服务器拒绝我们连接：请邮件管理员放行本机地址；提示 HELO 的，把 helo 写成本机的完整域名", "the mail server does not let us in: ask its administrator to permit this machine's address; if it speaks of HELO, set helo to this machine's full name"}
)

// mailFixes says what a person can do, by where the server refused.
var mailFixes = map[string]fix{
	"greeting": fixServer, "hello": fixServer, "tls": fixNoTLS, "login": fixLogin, "sender": fixSender, "message": fixContent,
}

// class sorts what went wrong at a stage of a delivery: 4xx passes, 5xx does not,
// nor does a certificate that is not trusted; a connection that broke passes.
func (e *Email) class(stage string, err error, lang string) error {
	said := fmt.Errorf("%s: %s", stage, e.hush(err.Error()))
	var reply *textproto.Error
	var untrusted *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &untrusted):
		return &Refused{Fix: fixCertificate.in(lang), Err: said}
	case errors.As(err, &record), errors.As(err, &alert):
		return &Refused{Fix: fixNoTLS.in(lang), Err: said}
	case !errors.As(err, &reply):
		return &quoted{said.Error(), err}
	case reply.Code < 500:
		return &Later{After: mailWait, Err: said}
	case reply.Code == 530 || reply.Code == 535: // many ask for the login only when they hear the sender
		return &Refused{Fix: fixLogin.in(lang), Err: said}
	}
	return &Refused{Fix: mailFixes[stage].in(lang), Err: said}
}

// quoted is an error in words that may be shown, over one whose own may not.
type quoted struct {
	said  string
	cause error
}

// Error implements error.
func (q *quoted) Error() string { return q.said }

// Unwrap returns the cause.
func (q *quoted) Unwrap() error { return q.cause }

// hush takes the password out of an answer, also as the ways to log in encode it.
func (e *Email) hush(s string) string {
	user, password := e.Username, e.Password.Reveal()
	secrets := []string{password}
	for _, sent := range []string{"\x00" + user + "\x00" + password, password} {
		secrets = append(secrets, strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(sent)), "="))
	}
	return hush(s, secrets)
}

// leftOut are the recipients whom the server did not accept.
type leftOut struct {
	gone, putOff []string // for good, for the time being
	answers      []string
}

// add notes an answer of the server about a recipient; anything else is not one.
func (l *leftOut) add(address string, err error) bool {
	var reply *textproto.Error
	if !errors.As(err, &reply) || reply.Code == 421 { // 421: it is going away altogether
		return false
	}
	address = strings.Trim(address, "<>")
	if reply.Code < 500 {
		l.putOff = append(l.putOff, address)
	} else {
		l.gone = append(l.gone, address)
	}
	l.answers = append(l.answers, address+": "+err.Error())
	return true
}

func (l *leftOut) count() int { return len(l.gone) + len(l.putOff) }

// err says who was left out, and why. As long as somebody may be accepted later it waits,
// and says at once what must be changed for those who will not. What others have already
// waits beside what follows: a mailbox that is full holds up nobody else.
func (l *leftOut) err(e *Email, others int, lang string) error {
	if l.count() == 0 {
		return nil
	}
	said := make([]string, len(l.answers))
	for i, a := range l.answers {
		said[i] = e.hush(a)
	}
	err := fmt.Errorf("recipients left out: %s", Cut(strings.Join(said, "; "), 600))
	name := func(f fix, who []string) string {
		if len(who) == 0 {
			return ""
		}
		return fmt.Sprintf(f.in(lang), Clean(strings.Join(who, wordsOf(lang).list), 300))
	}
	have := ""
	if others > 0 {
		have = fixOthersHave.in(lang)
	}
	wrong, busy := name(fixRecipients, l.gone), name(fixPutOff, l.putOff)
	if busy == "" {
		return &Refused{Fix: wrong + have, Err: err}
	}
	later := &Later{After: mailWait, Err: err}
	if wrong != "" {
		later.Fix = wrong + have
	}
	if others > 0 {
		both := fix{"；", "; "}.in(lang)
		later.Rest = strings.TrimPrefix(wrong+both+busy, both) + have
	}
	return later
}
