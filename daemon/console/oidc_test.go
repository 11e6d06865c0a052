package console

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/daemon/store"
)

var issuerKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// fakeIssuer is an issuer of log-ins that holds its clients to the rules: client, secret,
// address to return to, PKCE, and each code once.
type fakeIssuer struct {
	*httptest.Server
	t      *testing.T
	now    func() time.Time
	claims map[string]any    // of whoever logs in next
	key    *rsa.PrivateKey   // that signs
	codes  map[string]string // challenge by code
	nonces map[string]string // by code
}

func newIssuerServer(w *world) *fakeIssuer {
	f := &fakeIssuer{t: w.t, now: w.now, key: issuerKey(), codes: map[string]string{}, nonces: map[string]string{}}
	mux := http.NewServeMux()
	answer := func(rw http.ResponseWriter, status int, body any) {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(status)
		if err := json.NewEncoder(rw).Encode(body); err != nil {
			w.t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(rw http.ResponseWriter, _ *http.Request) {
		answer(rw, 200, map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/auth", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(rw http.ResponseWriter, _ *http.Request) {
		pub := issuerKey().PublicKey
		answer(rw, 200, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": base64.RawURLEncoding.EncodeToString(pub.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(pub.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("GET /auth", func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("client_id") != "watchfire" || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 ||
			len(q.Get("state")) < 20 || len(q.Get("nonce")) < 20 || !strings.Contains(q.Get("scope"), "openid") || !strings.HasSuffix(q.Get("redirect_uri"), oidcBack) {
			http.Error(rw, "bad request", http.StatusBadRequest)
			return
		}
		code := rand.Text()
		f.codes[code], f.nonces[code] = q.Get("code_challenge"), q.Get("nonce")
		http.Redirect(rw, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(rw http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id == "" {
			id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
		}
		code := r.PostFormValue("code")
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		challenge, ok := f.codes[code]
		delete(f.codes, code)
		if id != "watchfire" || secret != "hush" || !ok || challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
			answer(rw, 400, map[string]any{"error": "invalid_grant"})
			return
		}
		answer(rw, 200, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": f.token(f.nonces[code])})
	})
	f.Server = httptest.NewServer(mux)
	w.t.Cleanup(f.Close)
	return f
}

// token signs the claims of whoever logs in.
func (f *fakeIssuer) token(nonce string) string {
	claims := map[string]any{"iss": f.URL, "aud": "watchfire", "nonce": nonce, "iat": f.now().Unix(), "exp": f.now().Add(time.Minute).Unix()}
	maps.Copy(claims, f.claims)
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			f.t.Error(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(map[string]any{"alg": "RS256", "kid": "1", "typ": "JWT"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, f.key, crypto.SHA256, sum[:])
	if err != nil {
		f.t.Error(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// newOIDC is a console whose log-ins an issuer vouches for.
func newOIDC(t *testing.T) (*world, *fakeIssuer) {
	t.Helper()
	w := newWorld(t, false)
	w.fill()
	f := newIssuerServer(w)
	w.console.issuer = newIssuer(OIDC{
		Issuer: f.URL, ClientID: "watchfire", ClientSecret: "hush", Claim: "groups", URL: w.server.URL,
		Roles: map[string]string{"press": roleOperator, "heads": roleApprover, "it": roleAdmin, "typo": "chief"},
	})
	return w, f
}

func (w *world) user(name string) (u store.User) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), func(tx *store.Tx) (err error) {
		u, err = tx.User(name)
		return err
	}))
	return u
}

func TestOIDC(t *testing.T) {
	w, f := newOIDC(t)
	if page := w.get("/login?next=/sources", 200); !strings.Contains(page, `href="/login/oidc?next=%2fsources"`) {
		t.Errorf("the door does not lead to the issuer:\n%s", page)
	}
	f.claims = map[string]any{"sub": "42", "name": "周婷", "groups": []string{"staff", "press", "typo"}}
	page := w.get("/login/oidc?next=/sources", 200)
	if !strings.Contains(page, "云川论坛") || w.user("周婷").Role != roleOperator {
		t.Fatalf("after the log-in: %+v\n%s", w.user("周婷"), page)
	}
	log := w.log()
	if e := log[0]; e.Who != "周婷" || e.Outcome != store.OutcomeOK || !strings.Contains(e.What, oidcBack) {
		t.Errorf("the log says %+v", e)
	}
	w.browser = w.newBrowser()
	f.claims = map[string]any{"sub": "42", "name": "另一个名字", "groups": "heads"}
	w.get("/login/oidc", 200)
	if u := w.user("周婷"); u.Role != roleApprover {
		t.Errorf("the role is %s after the issuer gave another one", u.Role)
	}
	w.browser = w.newBrowser()
	w.post("/login", form("user", "周婷", "password", ""), 401)
}

func TestOIDCRefuses(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := func() map[string]any {
		return map[string]any{"sub": "42", "name": "周婷", "groups": []string{"press"}}
	}
	for _, c := range []struct {
		name   string
		spoil  func(*world, *fakeIssuer)
		status int
	}{
		{"good", func(*world, *fakeIssuer) {}, 200},
		{"no role", func(_ *world, f *fakeIssuer) { f.claims["groups"] = []string{"staff"} }, 403},
		{"a role that does not exist", func(_ *world, f *fakeIssuer) { f.claims["groups"] = []string{"typo"} }, 403},
		{"the name of another", func(w *world, f *fakeIssuer) {
			w.as("limin", roleAdmin)
			w.browser = w.newBrowser()
			f.claims["name"] = "limin"
		}, 409},
		{"the name of a program", func(_ *world, f *fakeIssuer) { f.claims["name"] = "api:x" }, 422},
		{"no name", func(_ *world, f *fakeIssuer) { delete(f.claims, "name") }, 422},
		{"another nonce", func(_ *world, f *fakeIssuer) { f.claims["nonce"] = strings.Repeat("x", 26) }, 403},
		{"another audience", func(_ *world, f *fakeIssuer) { f.claims["aud"] = "mail" }, 500},
		{"another issuer", func(_ *world, f *fakeIssuer) { f.claims["iss"] = "https://evil.example" }, 500},
		{"expired", func(w *world, f *fakeIssuer) { f.claims["exp"] = w.now().Add(-time.Hour).Unix() }, 500},
		{"another key", func(_ *world, f *fakeIssuer) { f.key = other }, 500},
		{"another secret", func(w *world, _ *fakeIssuer) { w.console.issuer.ClientSecret = "guess" }, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, f := newOIDC(t)
			f.claims = good()
			c.spoil(w, f)
			page := w.get("/login/oidc", c.status)
			sound(t, c.name, page)
			if in := strings.Contains(w.get("/", 200), `action="/logout"`); in != (c.status == 200) {
				t.Errorf("let in: %v", in)
			}
			for _, err := range w.errs {
				if strings.Contains(err.Error(), "code=") || strings.Contains(err.Error(), "hush") {
					t.Errorf("the log holds a secret: %v", err)
				}
			}
		})
	}
}

// TestOIDCReturn comes back without having gone, twice, late, and with the errand of
// somebody else.
func TestOIDCReturn(t *testing.T) {
	w, f := newOIDC(t)
	f.claims = map[string]any{"sub": "42", "name": "周婷", "groups": []string{"press"}}
	w.get(oidcBack, 403)
	w.get(oidcBack+"?state=x&code=y", 403)
	leave := func() string {
		r := w.request("GET", "/login/oidc", nil)
		w.read(r, 303)
		to, err := http.NewRequestWithContext(t.Context(), "GET", r.Header.Get("Location"), nil)
		w.must(err)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		back, err := client.Do(to)
		w.must(err)
		w.must(back.Body.Close())
		return strings.TrimPrefix(back.Header.Get("Location"), w.server.URL)
	}
	mine := w.browser
	back := leave()
	w.browser = w.newBrowser()
	w.get(back, 403) // somebody is lured into the session of another
	w.browser = mine
	w.read(w.request("GET", back, nil), 303)
	w.get(back, 403)
	w.browser = w.newBrowser()
	back = leave()
	w.wait(oidcLasts + time.Second)
	w.get(back, 403)
	if page := w.get("/", 200); strings.Contains(page, `action="/logout"`) {
		t.Error("let in too late")
	}
}

func TestOIDCLastAdmin(t *testing.T) {
	w, f := newOIDC(t)
	f.claims = map[string]any{"sub": "42", "name": "周婷", "groups": []string{"it"}}
	w.get("/login/oidc", 200)
	f.claims["groups"] = []string{"press"}
	w.browser = w.newBrowser()
	w.get("/login/oidc", 409)
	if u := w.user("周婷"); u.Role != roleAdmin {
		t.Errorf("the last administrator is %s", u.Role)
	}
}

func TestNoOIDC(t *testing.T) {
	w := newWorld(t, false)
	w.get("/login/oidc", 404)
	w.get(oidcBack+"?state=x", 404)
	if page := w.get("/login", 200); strings.Contains(page, "/login/oidc") {
		t.Error("the door leads to an issuer that nobody named")
	}
}
