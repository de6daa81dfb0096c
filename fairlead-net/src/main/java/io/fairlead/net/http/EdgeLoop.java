package io.fairlead.net.http;

import io.fairlead.core.time.Clock;
import io.fairlead.net.budget.Account;
import io.fairlead.net.http.codec.HeadWriter;
import io.netty.channel.EventLoop;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the server connections of one event loop share. Confined to that loop. */
final class EdgeLoop {
  /** Heads kept for the next request; more is left to the collector. */
  private static final int FREE_MAX = 256;

  private static final long DATE_NANOS = 250_000_000;
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  final HeadWriter writer = new HeadWriter();
  final LoopTick tick;
  private final EventLoop loop;
  private final Clock clock;
  private final ArrayDeque<RequestView> free = new ArrayDeque<>();
  private @Nullable HttpSettings settings;
  private @Nullable EdgeRules rules;
  private byte[] dateLine = new byte[0];
  private long dateNanos;

  EdgeLoop(EventLoop loop, Clock clock, Account heads) {
    this.loop = loop;
    this.clock = clock;
    tick = new LoopTick(loop, clock, heads);
  }

  /** Whether it belongs to that loop; several embedded loops of a test share a thread. */
  boolean serves(EventLoop eventLoop) {
    return loop == eventLoop;
  }

  /** The rules of these settings, shared by the connections that have the same. */
  EdgeRules rules(HttpSettings of) {
    EdgeRules last = rules;
    if (last != null && settings == of) return last;
    EdgeRules made = EdgeRules.of(of);
    settings = of;
    rules = made;
    return made;
  }

  RequestView borrow(EdgeRules rules, boolean secure) {
    RequestView view = free.pollLast();
    if (view == null) view = new RequestView(rules);
    view.reset(rules, secure);
    return view;
  }

  void giveBack(RequestView view) {
    if (free.size() < FREE_MAX) free.addLast(view);
  }

  /** Begins the head of an own response, with {@code Date} unless the fields have one. */
  HeadWriter ownHead(int status, List<FieldEdits.Field> fields, long nowNanos) {
    writer.begin().status(status);
    boolean dated = false;
    for (int i = 0; i < fields.size(); i++) {
      dated |= fields.get(i).name().equalsIgnoreCase("date");
    }
    if (!dated) writer.raw(dateLine(nowNanos));
    FieldEdits.write(fields, writer);
    return writer;
  }

  /** Begins the head of an answer: its fields, then those of all answers that it does not have. */
  HeadWriter answerHead(Answer answer, List<FieldEdits.Field> standing, long nowNanos) {
    ownHead(answer.status(), answer.fields(), nowNanos);
    for (int i = 0; i < standing.size(); i++) {
      FieldEdits.Field field = standing.get(i);
      if (!answer.has(field.name())) writer.field(field.name(), field.value());
    }
    if (!answer.contentType().isEmpty()) writer.field("Content-Type", answer.contentType());
    if (!answer.errorCode().isEmpty()) writer.field("X-Fairlead-Error", answer.errorCode());
    return writer;
  }

  /** The {@code Date} line (RFC 9110 §6.6.1), at most a quarter of a second old. */
  private byte[] dateLine(long nowNanos) {
    if (dateLine.length == 0 || nowNanos - dateNanos >= DATE_NANOS) {
      dateLine = HeadWriter.constant("Date: " + IMF_FIXDATE.format(clock.wall()) + "\r\n");
      dateNanos = nowNanos;
    }
    return dateLine;
  }
}
