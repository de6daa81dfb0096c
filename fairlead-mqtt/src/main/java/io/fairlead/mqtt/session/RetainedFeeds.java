package io.fairlead.mqtt.session;

import io.fairlead.mqtt.session.Outbox.Item;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.RetainedCursor;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import org.jspecify.annotations.Nullable;

/**
 * Retained messages still to be sent because the client subscribed, page by page, one filter after
 * the other. One feed for each filter at most. Home thread only.
 *
 * <p>Topics are found as they were when a feed began, messages as they are when they are sent: what
 * was published meanwhile may have reached the client already, and nothing older may follow it.
 */
final class RetainedFeeds {
  private static final int PAGE = 100;
  private static final int PAGE_VISITS = 10_000;

  private static final class Feed {
    final TopicFilter filter;
    final SubscribeOptions options;
    @Nullable RetainedCursor<Message> cursor; // null: has not begun

    Feed(TopicFilter filter, SubscribeOptions options) {
      this.filter = filter;
      this.options = options;
    }
  }

  private final Session session;
  private final SessionHost host;
  private final Line<Feed> feeds = new Line<>();

  RetainedFeeds(Session session, SessionHost host) {
    this.session = session;
    this.host = host;
  }

  boolean isEmpty() {
    return feeds.isEmpty();
  }

  /** What the filter means is to be sent, from the beginning. */
  void add(TopicFilter filter, SubscribeOptions options) {
    remove(filter);
    feeds.add(new Feed(filter, options));
  }

  /** Nothing more is to be sent because of that filter. */
  void remove(TopicFilter filter) {
    feeds.removeIf(each -> each.filter.equals(filter));
  }

  /**
   * The connection is gone. Another of the same session begins each feed again, except for what may
   * be lost; meanwhile none keeps a view of the tree alive.
   */
  void suspend() {
    feeds.removeIf(each -> each.options.qos() == 0);
    feeds.forEach(each -> each.cursor = null);
  }

  void clear() {
    feeds.clear();
  }

  /** Puts a page of the first feed into the box, which is empty: a page is bounded. */
  void page(Outbox box) {
    Feed feed = feeds.first();
    if (feed == null) return;
    RetainedCursor<Message> cursor = feed.cursor;
    if (cursor == null) feed.cursor = cursor = host.retained(feed.filter);
    var _ = cursor.next(PAGE, PAGE_VISITS, message -> put(message, feed.options, box));
    if (cursor.isDone()) feeds.poll();
  }

  private void put(Message found, SubscribeOptions options, Outbox box) {
    Message message = host.retained(found.topic());
    if (message == null) return;
    if (options.noLocal() && message.publisher().equals(session.clientId())) return;
    int qos = Math.min(message.qos(), options.qos());
    box.add(new Item(message, qos, true, options.identifiers(), 0, null));
  }
}
