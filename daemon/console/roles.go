package console

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"watchfire/crisis"
)

// The roles of users, each of which may do what the one before it may.
const (
	roleViewer   = "viewer"
	roleOperator = "operator"
	roleApprover = "approver"
	roleAdmin    = "admin"
)

// roles in ascending order.
var roles = []string{roleViewer, roleOperator, roleApprover, roleAdmin}

// Roles lists the roles in ascending order.
func Roles() []string { return slices.Clone(roles) }

// Reads lists the routes that only read, in order.
func Reads() []string {
	return permitted(func(what string) bool { return strings.HasPrefix(what, "GET ") })
}

// permitted lists what the table of permits has, in order.
func permitted(which func(what string) bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(permits)), func(what string) bool { return !which(what) })
}

// everybody marks what needs no role: the door itself, one's own password, signed links.
const everybody = ""

// approvalTick is the tick of a step that asks for an approval.
const approvalTick = string(crisis.EventStepDone) + " of an approval"

// permits is who may do what: the least role for every route, and for every act by the
// kind of its event. What has no row nobody may do.
var permits = map[string]string{
	"GET /assets/{name}": everybody, "GET /login": everybody, "POST /login": everybody, "GET /login/oidc": everybody, "GET " + oidcBack: everybody, "POST /logout": everybody, "GET /password": everybody, "POST /password": everybody,
	"GET /manifest.webmanifest": everybody, "GET /sw.js": everybody, "GET " + offlinePath: everybody, "POST /push/renew": everybody, "POST /push": roleViewer,
	"GET /tap/{token}": everybody, "POST /tap/{token}": everybody, "POST /name": everybody,

	"GET /account": roleViewer, "POST /sessions": roleViewer,
	"GET /{$}": roleViewer, "GET /incidents": roleViewer, "GET /incidents/{id}": roleViewer, "GET /incidents/{id}/statements/{sid}": roleViewer,
	"GET /incidents/{id}/review": roleViewer, "GET /incidents/{id}/{file}": roleViewer, "GET /handover": roleViewer, "GET /requests": roleViewer,
	"GET /incidents/{id}/chart.png": roleViewer, "GET /incidents/{id}/chart.json": roleViewer, "GET /incidents/{id}/chart.csv": roleViewer, "GET /topics/{id}/chart.json": roleViewer,
	"GET /posts": roleViewer, "GET /topics/{id}": roleViewer, "GET /topics/{id}/counts.csv": roleViewer, "GET /insight": roleViewer, "GET /sources/{name}": roleViewer, "GET /sources/{name}/days.csv": roleViewer, "GET /insight/{file}": roleViewer,
	"GET /incidents/{id}/evidence/{key}": roleViewer, "GET /hot": roleViewer,
	"GET /calendar": roleViewer, "GET /calendar.csv": roleViewer,
	"GET /deliveries": roleViewer, "GET /topics": roleViewer, "GET /sources": roleViewer, "GET /playbooks": roleViewer,
	"GET /playbooks/{id}": roleViewer, "GET /live": roleViewer, "/": roleViewer,

	"POST /incidents/{id}": roleOperator, "POST /incidents/{id}/statements": roleOperator, "POST /incidents/{id}/review": roleOperator,
	"POST /incidents/{id}/resend": roleOperator, "POST /incidents/{id}/reading": roleOperator, "POST /handover": roleOperator,
	"POST /posts/{key}/reading": roleOperator, "POST /calendar": roleOperator, "POST /requests/{key}": roleOperator, "POST /deliveries": roleOperator,

	"GET /api/v1/openapi.json": everybody, "GET /api/v1/health": roleViewer, "GET /api/v1/incidents": roleViewer,
	"GET /api/v1/incidents/{id}": roleViewer, "GET /api/v1/incidents/{id}/events": roleViewer, "GET /api/v1/topics": roleViewer,
	"GET /api/v1/topics/{topic}/counts": roleViewer, "GET /api/v1/sources": roleViewer, "GET /api/v1/requests": roleViewer,
	"GET /api/v1/posts": roleViewer, "GET /api/v1/ledger": roleViewer, "GET /api/v1/playbooks": roleViewer, apiRoot: roleViewer,
	"POST /api/v1/incidents/{id}/acts": roleOperator, "POST /api/v1/requests/{key}": roleOperator,

	"POST /sources/{name}": roleAdmin, "GET /settings/people": roleAdmin, "POST /settings/people": roleAdmin,
	"GET /settings/channels": roleAdmin, "GET /settings/audit": roleAdmin, "GET /settings/tokens": roleAdmin, "POST /settings/tokens": roleAdmin, "GET /settings/audit.csv": roleAdmin,

	string(crisis.EventAcknowledged): roleOperator, string(crisis.EventHandedOver): roleOperator, string(crisis.EventNote): roleOperator,
	string(crisis.EventStepDone): roleOperator, string(crisis.EventStepReopened): roleOperator, string(crisis.EventStepSkipped): roleOperator,
	string(crisis.EventStepAdded): roleOperator, string(crisis.EventAssigned): roleOperator, string(crisis.EventPlanned): roleOperator,
	string(crisis.EventHappened): roleOperator, string(crisis.EventNoticed): roleOperator, string(crisis.EventReached): roleOperator,
	string(crisis.EventPaused): roleOperator, string(crisis.EventResumed): roleOperator, string(crisis.EventVerdict): roleOperator,
	string(crisis.EventConfirmed): roleOperator, string(crisis.EventReopened): roleOperator, string(crisis.EventDrafted): roleOperator,
	string(crisis.EventPublished): roleOperator, string(crisis.EventPromised): roleOperator, string(crisis.EventPromiseKept): roleOperator,
	string(crisis.EventPromiseMoved): roleOperator, string(crisis.EventFinding): roleOperator, string(crisis.EventActionAdded): roleOperator,
	string(crisis.EventActionDone): roleOperator, string(crisis.EventActionChecked): roleOperator,

	string(crisis.EventLevel): roleApprover, string(crisis.EventClosed): roleApprover, string(crisis.EventPlanDropped): roleApprover,
	string(crisis.EventRecused): roleApprover, string(crisis.EventRestricted): roleApprover, string(crisis.EventStatementReviewed): roleApprover, string(crisis.EventApproved): roleApprover,
	string(crisis.EventCountersigned): roleApprover, string(crisis.EventWithdrawn): roleApprover, string(crisis.EventReviewed): roleApprover,
	approvalTick: roleApprover,

	string(crisis.EventAmended): roleAdmin,
}

// allowed says whether a role suffices for a row of the table.
func allowed(role, what string) bool {
	least, ok := permits[what]
	return ok && (least == everybody || slices.Index(roles, role) >= slices.Index(roles, least))
}

// may says whether a visitor may do something.
func (v *visit) may(what string) bool { return allowed(v.user.Role, what) }

// May says whether the reader may do something, so that pages offer nothing else.
func (f frame) May(what string) (bool, error) {
	if _, ok := permits[what]; !ok {
		return false, fmt.Errorf("roles: nobody has said who may %q", what)
	}
	return f.role != "" && allowed(f.role, what), nil
}

// errRole tells somebody that another role is needed.
var errRole = wrong{http.StatusForbidden, "err.role"}

// permit refuses a request for which the visitor has not the role.
func (v *visit) permit(r *http.Request) error {
	if !v.may(r.Pattern) {
		return errRole
	}
	return nil
}

// permitAct refuses an act for which the visitor has not the role.
func (v *visit) permitAct(in *crisis.Incident, a *crisis.Act) error {
	if v.program && slices.Contains(forPeople, a.Kind) {
		return wrong{http.StatusForbidden, "err.program"}
	}
	if !Permits(v.user.Role, in, a) {
		return errRole
	}
	return nil
}

// site is a map of the site that knows its routes.
type site struct {
	*http.ServeMux
	patterns []string
}

// Handle adds a route.
func (s *site) Handle(pattern string, h http.Handler) {
	s.patterns = append(s.patterns, pattern)
	s.ServeMux.Handle(pattern, h)
}

// HandleFunc adds a route.
func (s *site) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	s.Handle(pattern, http.HandlerFunc(h))
}

// Routes lists the routes of the console, such as "GET /posts", in order.
func Routes() []string {
	return permitted(func(what string) bool { return strings.Contains(what, "/") })
}
