package io.fairlead.pubsub.request;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one service, by wire id.
 *
 * <pre>
 * QUEUED --sent-->             SENT
 * SENT   --answered-->         DONE (result or error)
 * SENT   --connection lost-->  QUEUED if it may be sent again, else DONE (failed)
 * any    --deadline, cancel--> DONE; the id is remembered for five minutes
 * </pre>
 *
 * Confined to one thread. How many there may be is the caller's to bound; of ids that are
 * remembered the oldest of more than 10 000 are forgotten.
 */
public final class RequestTable {
  private static final long TOMBSTONE_NANOS = Duration.ofMinutes(5).toNanos();
  private static final int TOMBSTONES_MAX = 10_000;
  private static final int OVERSIZED_MAX = 2;

  private record Tombstone(long id, Request.Waiter waiter, long untilNanos) {}

  private final Map<Long, Request> requests = new HashMap<>();

  /** By timeout; each set is in the order of deadlines, because it is in that of arrival. */
  private final Map<Long, LinkedHashSet<Request>> deadlines = new HashMap<>();

  private final Map<Long, Tombstone> tombstones = new HashMap<>();
  private final ArrayDeque<Tombstone> tombstoneOrder = new ArrayDeque<>();
  private long nextId = 1;

  /** Takes a request; it is not sent yet. */
  public Request add(
      String method,
      JsonSlice params,
      ResendClass resend,
      long nowNanos,
      Duration timeout,
      Request.Waiter waiter) {
    Request request =
        new Request(
            nextId++, method, params, resend, nowNanos, nowNanos + timeout.toNanos(), waiter);
    requests.put(request.id, request);
    deadlines.computeIfAbsent(timeout.toNanos(), _ -> new LinkedHashSet<>()).add(request);
    return request;
  }

  /** Requests without an answer. */
  public int size() {
    return requests.size();
  }

  /** Requests on the wire. */
  public int inFlight() {
    int count = 0;
    for (Request each : requests.values()) {
      if (each.state == Request.State.SENT) count++;
    }
    return count;
  }

  /** The only request on the wire, if there is exactly one. */
  public @Nullable Request only() {
    Request found = null;
    for (Request each : requests.values()) {
      if (each.state != Request.State.SENT) continue;
      if (found != null) return null;
      found = each;
    }
    return found;
  }

  /** Takes out the request with that id; null when there is none. */
  public @Nullable Request take(long id) {
    Request request = requests.remove(id);
    if (request != null) finish(request);
    return request;
  }

  /** Who waited for a request that failed before its answer came; once. */
  public Request.@Nullable Waiter late(long id) {
    Tombstone tombstone = tombstones.remove(id);
    return tombstone == null ? null : tombstone.waiter;
  }

  /** Takes a request out because nobody waits any more. */
  public void cancel(Request request, long nowNanos) {
    if (requests.remove(request.id) == null) return;
    finish(request);
    bury(request, nowNanos);
  }

  private void finish(Request request) {
    request.state = Request.State.DONE;
    long timeout = request.deadlineNanos - request.sinceNanos;
    LinkedHashSet<Request> same = deadlines.get(timeout);
    if (same == null) return;
    same.remove(request);
    if (same.isEmpty()) deadlines.remove(timeout);
  }

  private void bury(Request request, long nowNanos) {
    Tombstone tombstone = new Tombstone(request.id, request.waiter, nowNanos + TOMBSTONE_NANOS);
    tombstones.put(request.id, tombstone);
    tombstoneOrder.add(tombstone);
    while (tombstoneOrder.size() > TOMBSTONES_MAX) {
      tombstones.remove(tombstoneOrder.remove().id);
    }
  }

  /** Nanoseconds until the next deadline; negative when there is none. */
  public long untilDeadline(long nowNanos) {
    long least = -1;
    for (LinkedHashSet<Request> same : deadlines.values()) {
      long left = Math.max(0, same.getFirst().deadlineNanos - nowNanos);
      if (least < 0 || left < least) least = left;
    }
    return least;
  }

  /** Fails what took too long. */
  public void expire(long nowNanos) {
    List<Request> due = new ArrayList<>();
    for (LinkedHashSet<Request> same : deadlines.values()) {
      for (Request each : same) {
        if (each.deadlineNanos - nowNanos > 0) break;
        due.add(each);
      }
    }
    for (Request next : due) {
      if (requests.remove(next.id) == null) continue;
      finish(next);
      bury(next, nowNanos);
      next.waiter.failed(
          new PubSubException.Timeout(
              next.resend == ResendClass.SUBSCRIBE
                  ? PubSubException.Timeout.Stage.SUBSCRIBE
                  : PubSubException.Timeout.Stage.REQUEST,
              Duration.ofNanos(nowNanos - next.sinceNanos)));
    }
    while (!tombstoneOrder.isEmpty() && tombstoneOrder.peek().untilNanos - nowNanos <= 0) {
      tombstones.remove(tombstoneOrder.remove().id);
    }
  }

  /**
   * The connection is gone: fails what may not be sent again and queues the rest. A request in
   * flight while two messages were too large fails as their cause.
   */
  public void lost(TerminalCause cause) {
    boolean oversized = cause.kind() == TerminalCause.Kind.FRAME_TOO_LARGE;
    boolean alone = only() != null;
    for (Request each : ordered()) {
      if (each.state != Request.State.SENT) {
        if (each.resend == ResendClass.CONNECTION || each.resend == ResendClass.SUBSCRIBE)
          drop(each, cause, false);
        continue;
      }
      switch (each.resend) {
        case SAFE -> {
          if (oversized && (alone || ++each.oversized >= OVERSIZED_MAX)) {
            requests.remove(each.id);
            finish(each);
            each.waiter.failed(new PubSubException.FrameTooLarge(0));
          } else {
            requeue(each);
          }
        }
        case HASHED -> {
          if (each.again) drop(each, cause, true);
          else requeue(each);
        }
        case UNSAFE -> drop(each, cause, true);
        case SUBSCRIBE, CONNECTION -> drop(each, cause, false);
      }
    }
    tombstones.clear(); // answers to what was sent there cannot come any more
    tombstoneOrder.clear();
  }

  private void requeue(Request request) {
    request.state = Request.State.QUEUED;
    request.again = true;
  }

  private void drop(Request request, TerminalCause cause, boolean maybeExecuted) {
    requests.remove(request.id);
    finish(request);
    request.waiter.failed(new PubSubException.TransportError(cause, maybeExecuted));
  }

  /** What waits to be sent, in the order it was asked. */
  public List<Request> queued() {
    List<Request> queued = new ArrayList<>();
    for (Request each : ordered()) {
      if (each.state == Request.State.QUEUED && each.resend != ResendClass.CONNECTION)
        queued.add(each);
    }
    return queued;
  }

  /** Whether a request waits for an answer that a closing service should wait for. */
  public boolean awaitsReads() {
    for (Request each : requests.values()) {
      if (each.state == Request.State.SENT && each.resend == ResendClass.SAFE) return true;
    }
    return false;
  }

  /** Ends everything. */
  public void failAll(PubSubException failure) {
    for (Request each : ordered()) {
      if (requests.remove(each.id) == null) continue;
      finish(each);
      each.waiter.failed(failure);
    }
    tombstones.clear();
    tombstoneOrder.clear();
  }

  private List<Request> ordered() {
    List<Request> all = new ArrayList<>(requests.values());
    all.sort(Comparator.comparingLong(each -> each.id));
    return all;
  }
}
