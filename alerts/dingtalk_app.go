package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"watchfire/crisis"
)

// dingtalkAPI is where the interfaces of DingTalk for apps are.
const dingtalkAPI = "https://api.dingtalk.com"

// DingTalkApp posts alerts to a group of DingTalk as interactive cards of an app of the
// organisation (企业内部应用). Unlike a custom robot it can edit: the first card of an
// incident is brought up to date as the incident moves. What a card looks like is a
// template that the organisation makes; dingtalk_card.go names its variables.
type DingTalkApp struct {
	ClientID     string        `yaml:"client_id" doc:"Client ID of the app (AppKey), ding…"`
	Secret       crisis.Secret `yaml:"client_secret" doc:"Client Secret of the app (AppSecret)"`
	Robot        string        `yaml:"robot_code" doc:"robotCode of the app's robot; empty: the Client ID, as for most apps"`
	Conversation string        `yaml:"conversation" doc:"openConversationId of the group, cid…; add the app's robot to the group"`
	Template     string        `yaml:"template" doc:"id of the card template, ….schema; docs/buttons.md says what it holds"`
	Buttons      bool          `yaml:"buttons" doc:"true: cards have buttons by which steps are ticked; they are heard by Stream mode, which goes out, so that no public address is needed"`
	API          string        `yaml:"api" doc:"address of the interface"`
	Timeout      time.Duration `yaml:"timeout" doc:"longest wait for an answer"`

	// Now replaces the clock by which the token ages; nil is the time of day.
	Now func() time.Time `yaml:"-"`

	appState `yaml:"-"`
}

// Check implements Channel.
func (d *DingTalkApp) Check() error {
	var errs []error
	if d.ClientID == "" {
		errs = append(errs, errors.New("client_id: missing; write the Client ID that stands on the app's page of credentials (凭证与基础信息)"))
	}
	if d.Secret == "" {
		errs = append(errs, errors.New("client_secret: missing; write ${env:DINGTALK_CLIENT_SECRET} and set that variable"))
	}
	if !strings.HasPrefix(d.Conversation, "cid") {
		errs = append(errs, errors.New("conversation: write the openConversationId of the group, cid…"))
	}
	if !strings.HasSuffix(d.Template, ".schema") {
		errs = append(errs, errors.New("template: write the id of the published card template, which ends in .schema"))
	}
	if !isWeb(d.API) {
		errs = append(errs, fmt.Errorf("api: write %s", dingtalkAPI))
	}
	return checkRobot(errors.Join(errs...), d.Timeout)
}

// Limits implements Limiter: an app may call one interface 20 times a second
// (https://open.dingtalk.com/document/orgapp/invocation-frequency-limit).
func (d *DingTalkApp) Limits() []Rate { return []Rate{{20, time.Second}} }

// Send posts the alert as a card of its own.
func (d *DingTalkApp) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	return d.twice(ctx, a, http.MethodPost, dingtalkPath+"/createAndDeliver", d.delivery(a, "card", d.Buttons))
}

// Reply posts the alert as a card of its own: DingTalk has no threads. Nobody edits it,
// so it has no buttons.
func (d *DingTalkApp) Reply(ctx context.Context, _ string, a crisis.Alert) (Receipt, error) {
	return d.twice(ctx, a, http.MethodPost, dingtalkPath+"/createAndDeliver", d.delivery(a, "reply", false))
}

// Update edits the card ref to show the alert.
func (d *DingTalkApp) Update(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	if ref == "" {
		return Receipt{}, fmt.Errorf("edit a card of dingtalk: %w", ErrLost)
	}
	return d.twice(ctx, a, http.MethodPut, dingtalkPath, dingtalkPut{ID: ref, live: d.Buttons, Options: &dingtalkUpdate{ByKey: true}})
}

const dingtalkPath = "/v1.0/card/instances"

// dingtalkPut is the body of a request of the card interface.
type dingtalkPut struct {
	Template string            `json:"cardTemplateId,omitempty"`
	ID       string            `json:"outTrackId"` // of one id DingTalk keeps one card
	Callback string            `json:"callbackType,omitempty"`
	Data     dingtalkData      `json:"cardData"`
	Options  *dingtalkUpdate   `json:"cardUpdateOptions,omitempty"`
	Space    string            `json:"openSpaceId,omitempty"`
	Group    *dingtalkGroup    `json:"imGroupOpenSpaceModel,omitempty"`
	Deliver  map[string]string `json:"imGroupOpenDeliverModel,omitempty"`
	UserIDs  int               `json:"userIdType"` // 1: the ids that an organisation gives

	live bool // the card is kept up to date, so it may have buttons
}

// dingtalkData are the variables of a card. Lists are JSON in a string.
type dingtalkData struct {
	Values map[string]string `json:"cardParamMap"`
}

type dingtalkUpdate struct {
	ByKey   bool `json:"updateCardDataByKey"`
	Private bool `json:"updatePrivateDataByKey,omitempty"`
}

// dingtalkGroup says what a phone shows of a card unopened.
type dingtalkGroup struct {
	Forward bool              `json:"supportForward"`
	Last    map[string]string `json:"lastMessageI18n"`
	Notify  map[string]string `json:"notification"`
}

func (d *DingTalkApp) delivery(a crisis.Alert, verb string, live bool) dingtalkPut {
	robot := d.Robot
	if robot == "" {
		robot = d.ClientID
	}
	line := plainly(tell(a).cardTitle())
	return dingtalkPut{
		Template: d.Template, ID: "watchfire." + onceOnly(verb, a), Callback: "STREAM", Space: "dtv1.card//IM_GROUP." + d.Conversation,
		Group: &dingtalkGroup{Last: map[string]string{"ZH_CN": line, "EN_US": line}, Notify: map[string]string{"alertContent": line}}, Deliver: map[string]string{"robotCode": robot},
		live: live,
	}
}

// twice makes a call with the whole card, and if DingTalk finds fault with it once more
// in short form.
func (d *DingTalkApp) twice(ctx context.Context, a crisis.Alert, method, path string, p dingtalkPut) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	p.UserIDs = 1
	body, err := sized(a, dingtalkBody, func(a crisis.Alert) ([]byte, error) { return p.with(dingtalkCardOf(a, p.live)) })
	if err != nil {
		return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	err = d.call(ctx, a.Lang, method, path, body)
	if errors.Is(err, errForm) {
		if body, err = p.with(dingtalkBrief(a)); err != nil {
			return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
		}
		err = d.call(ctx, a.Lang, method, path, body)
	}
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Ref: p.ID}, nil
}

func (p dingtalkPut) with(values map[string]string, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	p.Data.Values = values
	return encoded(p)
}

// dingtalkAnswer is an answer of the interface for apps: a code in words, or success.
type dingtalkAnswer struct {
	Code    string `json:"code"`
	Msg     string `json:"message"`
	Success *bool  `json:"success"`
	Result  json.RawMessage
}

// call makes a call with a token, and once more if DingTalk does not know the token
// any more.
func (d *DingTalkApp) call(ctx context.Context, lang, method, path string, body []byte) error {
	for last := false; ; last = true {
		token, err := d.access(ctx, lang)
		if err != nil {
			return err
		}
		r := d.request(lang)
		r.method, r.url, r.pass, r.body = method, r.url+path, token.word.Reveal(), json.RawMessage(body)
		r.secrets = append(r.secrets, r.pass)
		resp, err := r.do(ctx)
		if err != nil {
			return err
		}
		var answer dingtalkAnswer
		if json.Unmarshal(resp.body, &answer) != nil {
			answer = dingtalkAnswer{}
		}
		if strings.EqualFold(answer.Code, dingtalkStale) {
			d.drop(token)
			if !last {
				continue
			}
		}
		return r.judge(resp, &answer)
	}
}

// judge maps an answer of the interface for apps to an error class; nil means that
// DingTalk took the card, and every place that it was meant for.
func (r request) judge(resp response, answer *dingtalkAnswer) error {
	if coded := answer.Code != "" && answer.Code != "0"; !coded && (answer.Success == nil || !*answer.Success) {
		return r.mute(resp)
	}
	var result struct {
		Delivered []struct {
			Success bool   `json:"success"`
			Msg     string `json:"errorMsg"`
		} `json:"deliverResults"`
	}
	if answer.Code == "" && *answer.Success && resp.status < 300 {
		if json.Unmarshal(answer.Result, &result) != nil { // of an edit it is but true
			return nil
		}
		for _, x := range result.Delivered {
			if !x.Success {
				return r.remedied(resp, remedy{fix: fixDingTalkGroup}, true, fmt.Errorf("dingtalk did not deliver the card: %s", hush(x.Msg, r.secrets)))
			}
		}
		return nil
	}
	m, known := dingtalkRemedy(answer.Code)
	return r.remedied(resp, m, known, fmt.Errorf("dingtalk answered %d %s %s", resp.status, Clean(answer.Code, 80), hush(answer.Msg, r.secrets)))
}

func (d *DingTalkApp) request(lang string) request {
	return request{chat: "dingtalk", method: http.MethodPost, url: strings.TrimSuffix(d.API, "/"), secrets: []string{d.Secret.Reveal()}, lang: lang, timeout: d.Timeout, now: clockOf(d.Now)}
}

// access is the token of the app.
func (d *DingTalkApp) access(ctx context.Context, lang string) (*chatToken, error) {
	r := d.request(lang)
	return d.appState.access(r.now, func() (crisis.Secret, int64, error) {
		r.url += "/v1.0/oauth2/accessToken"
		r.body = map[string]string{"appKey": d.ClientID, "appSecret": d.Secret.Reveal()}
		resp, err := r.do(ctx)
		if err != nil {
			return "", 0, err
		}
		var answer struct {
			dingtalkAnswer
			Token  crisis.Secret `json:"accessToken"`
			Expire int64         `json:"expireIn"` // seconds
		}
		if json.Unmarshal(resp.body, &answer) != nil {
			answer.Code, answer.Token = "", ""
		}
		switch {
		case answer.Code == "" && (resp.status >= 300 || answer.Token == "" || answer.Expire <= 0):
			return "", 0, r.mute(resp)
		case answer.Code != "":
			err = r.judge(resp, &answer.dingtalkAnswer)
			if errors.Is(err, ErrRefused) { // of a token there is but one form: the id and the secret
				err = &Refused{Fix: fixDingTalkApp.in(lang), Err: fmt.Errorf("ask dingtalk for a token: %s", hush(err.Error(), r.secrets))}
			}
		}
		return answer.Token, answer.Expire, err
	})
}
