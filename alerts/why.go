package alerts

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// fixTrust is what a person can do about a certificate that is not trusted.
var fixTrust = fix{
	"对方的证书不可信，没有发送：核对地址；查看本机时钟是否准确；出口代理会替换证书的，把单位的根证书装进系统",
	"the certificate of the receiver is not trusted and nothing was sent: check the address, and this machine's clock; if a proxy puts certificates of its own in place, add its root to those of the system",
}

// unreached adds to an error of a request what a person can do about it at once. A
// certificate may be put right by others, so the alert waits all the same.
func unreached(err error, lang string) error {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return &Later{Fix: fixTrust.in(lang), Err: err}
	}
	return err
}

// Why an alert must wait, in plain words.
var (
	whyName    = fix{"找不到对方的主机名：检查地址是否填对，以及本机的域名解析和网络", "the receiver's host name is not found: check the address, and this machine's DNS and network"}
	whyDial    = fix{"连不上对方：检查网络、防火墙和出口代理，以及地址和端口是否填对", "no connection to the receiver: check the network, the firewall and the proxy, and the address and its port"}
	whySilent  = fix{"对方没有在时限内应答，可能已经收到", "no answer from the receiver in time; it may have the message"}
	whyCut     = fix{"应答前连接中断，对方可能已经收到", "the connection broke before an answer; the receiver may have the message"}
	whySlow    = fix{"对方要求稍后再发（限流或暂时不收）：不必处理，告警会自动重发", "the receiver wants it later (too fast, or busy): nothing to do, alerts are sent again by themselves"}
	whyPassing = fix{"对方暂时不可用：告警会自动重发，持续失败再与对方联系", "the receiver is not available for now: alerts are sent again by themselves; ask there if that lasts"}
	whyFull    = fix{"本机磁盘已满：清理出空间，告警会自动重发", "this machine's disk is full: make room, alerts are sent again by themselves"}
	whyOther   = fix{"暂时没有送出：告警会自动重发，持续失败请维护人员按原文排查", "it did not go out for now: alerts are sent again by themselves; if that lasts, have its maintainer look at the words of the error"}
)

// Why says in one sentence why an alert waits, and what there is to do, in a language; ""
// of what is no wait.
func Why(err error, lang string) string {
	var later *Later
	isLater := errors.As(err, &later)
	_, unnamed := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	is := func(targets ...error) bool {
		for _, t := range targets {
			if errors.Is(err, t) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.Is(err, ErrRefused), err == nil:
		return ""
	case isLater && later.Rest != "":
		return later.Rest
	case isLater && later.Fix != "":
		return later.Fix
	case unnamed:
		return whyName.in(lang)
	case isOp && op.Op == "dial":
		return whyDial.in(lang)
	case is(context.DeadlineExceeded, os.ErrDeadlineExceeded):
		return whySilent.in(lang)
	case is(io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE):
		return whyCut.in(lang)
	case isLater && later.After > 0:
		return whySlow.in(lang)
	case isLater:
		return whyPassing.in(lang)
	case is(syscall.ENOSPC, syscall.EDQUOT):
		return whyFull.in(lang)
	}
	return whyOther.in(lang)
}
