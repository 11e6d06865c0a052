package alerts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"watchfire/crisis"
)

// slackEvent is the type of the metadata of a message, which people do not see: the id of
// the alert (https://docs.slack.dev/messaging/message-metadata).
const slackEvent = "watchfire_alert"

// slackPage is how many messages are looked through for one that may have arrived.
const slackPage = 200

// tagged marks a message with the id of its alert.
func tagged(a crisis.Alert) slack.MsgOption {
	return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: slackEvent, EventPayload: map[string]any{"id": a.ID}})
}

// Find implements Finder: it looks for the alert's id in what was posted since the alert
// was made, by conversations.history or conversations.replies. Without the scope to read the
// channel it cannot know.
func (s *Slack) Find(ctx context.Context, ref string, a crisis.Alert) (Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	_, thread, _ := strings.Cut(ref, ":")
	if a.Kind == crisis.AlertOpened {
		thread = "" // it is a message of its own
	}
	oldest := strconv.FormatInt(a.At.Add(-time.Minute).Unix(), 10)
	var all []slack.Message
	var more bool
	var err error
	if thread != "" {
		all, more, _, err = s.client(a.Lang).GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: s.Channel, Timestamp: thread, Oldest: oldest, Limit: slackPage, IncludeAllMetadata: true,
		})
	} else {
		var page *slack.GetConversationHistoryResponse
		page, err = s.client(a.Lang).GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: s.Channel, Oldest: oldest, Limit: slackPage, IncludeAllMetadata: true,
		})
		if page != nil {
			all, more = page.Messages, page.HasMore
		}
	}
	if err != nil {
		return Receipt{}, s.sort("look", err, a.Lang)
	}
	for i := range all {
		if m := &all[i]; m.Metadata.EventType == slackEvent && m.Metadata.EventPayload["id"] == a.ID {
			return Receipt{Ref: s.Channel + ":" + m.Timestamp, Detail: "had arrived"}, nil
		}
	}
	if more {
		return Receipt{}, errors.New("look on slack: too many messages since")
	}
	return Receipt{}, fmt.Errorf("look on slack: alert %s: %w", a.ID, ErrLost)
}
