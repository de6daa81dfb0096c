package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.GroupStore;
import io.fairlead.mqtt.store.MemoryStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.RetainedStore;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.store.WillStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A store as one on a disk is: commits are written in groups, some time after they were made, and
 * what waits for sessions is read some time after it was asked for, from what is written by then. A
 * crash loses what was not forced, which is what nobody was told of, or only a part of it. Rows of
 * queues that are put twice, or removed twice, fail. One thread.
 */
final class LateStore implements BrokerStore {
  /** One change, done to a store, or done once more after a crash. */
  private interface Change {
    void make(BrokerStore store, Batch batch);
  }

  private record Changes(List<Change> list) implements Batch {
    @Override
    public boolean isEmpty() {
      return list.isEmpty();
    }
  }

  private record Commit(Changes changes, Executor executor, @Nullable Runnable done) {}

  private final Random random;
  private final List<Changes> log = new ArrayList<>(); // all that was written
  private final Deque<Commit> commits = new ArrayDeque<>();
  private final Deque<Runnable> readings = new ArrayDeque<>();
  private final AtomicLong numbers = new AtomicLong();
  private int forced; // so many of the log survive a crash
  private MemoryStore written = new MemoryStore();
  private Map<Long, Set<Long>> queued = new HashMap<>(); // by owner
  private Map<Long, Set<String>> ways = new HashMap<>(); // by session
  int pages;

  LateStore(Random random) {
    this.random = random;
  }

  boolean idle() {
    return commits.isEmpty() && readings.isEmpty();
  }

  /** Writes the next group, of so many commits at most. */
  void write(int most) {
    List<Commit> done = new ArrayList<>();
    boolean awaited = false;
    for (int i = 0; i < most && !commits.isEmpty(); i++) {
      Commit next = commits.remove();
      done.add(next);
      awaited |= next.done() != null && !next.changes().isEmpty();
      log.add(next.changes());
      make(next.changes());
    }
    if (awaited) forced = log.size();
    for (Commit each : done) {
      Runnable then = each.done();
      if (then != null) each.executor().execute(then);
    }
  }

  /** Does what is to be read next. */
  void read() {
    Runnable next = readings.poll();
    if (next != null) next.run();
  }

  /**
   * What was asked for is not answered any more, and of what was not forced only a part is left.
   */
  void crash() {
    commits.clear();
    readings.clear();
    int left = forced + random.nextInt(log.size() - forced + 1);
    log.subList(left, log.size()).clear();
    forced = left;
    written = new MemoryStore();
    queued = new HashMap<>();
    ways = new HashMap<>();
    log.forEach(this::make);
  }

  private void make(Changes changes) {
    Batch batch = written.begin();
    for (Change each : changes.list()) each.make(written, batch);
    written.commit(batch);
  }

  @Override
  public void open() {}

  @Override
  public Batch begin() {
    return new Changes(new ArrayList<>(2));
  }

  @Override
  public void commit(Batch batch, Executor executor, Runnable committed) {
    if (batch.isEmpty()) committed.run();
    else commits.add(new Commit((Changes) batch, executor, committed));
  }

  @Override
  public void commit(Batch batch) {
    if (!batch.isEmpty()) commits.add(new Commit((Changes) batch, Runnable::run, null));
  }

  @Override
  public boolean congested() {
    return false;
  }

  @Override
  public Condition condition() {
    return Condition.SOUND;
  }

  @Override
  public Optional<String> trouble() {
    return Optional.empty();
  }

  @Override
  public void close() {}

  private static void add(Batch batch, Change change) {
    ((Changes) batch).list().add(change);
  }

  @Override
  public SessionStore sessions() {
    return new SessionStore() {
      @Override
      public long nextNumber() {
        return numbers.incrementAndGet();
      }

      @Override
      public void put(Batch batch, Stored session) {
        add(
            batch,
            (store, to) -> {
              began(session.number());
              store.sessions().put(to, session);
            });
      }

      @Override
      public void delete(Batch batch, long number) {
        add(
            batch,
            (store, to) -> {
              ended(number);
              store.sessions().delete(to, number);
            });
      }

      @Override
      public void putSubscription(
          Batch batch, long number, TopicFilter filter, SubscribeOptions options) {
        add(batch, (store, to) -> store.sessions().putSubscription(to, number, filter, options));
      }

      @Override
      public void deleteSubscription(Batch batch, long number, TopicFilter filter) {
        add(batch, (store, to) -> store.sessions().deleteSubscription(to, number, filter));
      }

      @Override
      public void putInboundId(Batch batch, long number, int packetId) {
        add(batch, (store, to) -> store.sessions().putInboundId(to, number, packetId));
      }

      @Override
      public void deleteInboundId(Batch batch, long number, int packetId) {
        add(batch, (store, to) -> store.sessions().deleteInboundId(to, number, packetId));
      }

      @Override
      public void forEach(Consumer<Stored> each) {
        written.sessions().forEach(each);
      }
    };
  }

  private void began(long owner) {
    queued.computeIfAbsent(owner, _ -> new HashSet<>());
    ways.computeIfAbsent(owner, _ -> new HashSet<>());
  }

  private void ended(long owner) {
    queued.remove(owner);
    ways.remove(owner);
  }

  private static void once(boolean is, String what) {
    if (!is) throw new AssertionError("not once: " + what);
  }

  /** Rows of an owner that is not there are not written. */
  private static <T> Optional<Set<T>> of(Map<Long, Set<T>> rows, long owner) {
    return Optional.ofNullable(rows.get(owner));
  }

  @Override
  public QueueStore queues() {
    return new QueueStore() {
      @Override
      public void put(Batch batch, long owner, Entry entry) {
        add(
            batch,
            (store, to) -> {
              of(queued, owner)
                  .ifPresent(
                      rows ->
                          once(
                              rows.add(entry.sequence()),
                              "put, " + entry.sequence() + " of " + owner));
              store.queues().put(to, owner, entry);
            });
      }

      @Override
      public void advance(
          Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
        add(
            batch,
            (store, to) -> {
              of(ways, session)
                  .ifPresent(
                      rows ->
                          once(
                              rows.add(packetId + " " + stage),
                              "put, the way of " + packetId + " in " + session + ", " + stage));
              store.queues().advance(to, session, owner, sequence, stage, packetId);
            });
      }

      @Override
      public void withdraw(Batch batch, long session, Stage stage, int packetId) {
        add(
            batch,
            (store, to) -> {
              forgetWay(session, packetId);
              store.queues().withdraw(to, session, stage, packetId);
            });
      }

      @Override
      public void remove(
          Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
        add(
            batch,
            (store, to) -> {
              if (stage != Stage.WAITING) forgetWay(session, packetId);
              of(queued, owner)
                  .ifPresent(
                      rows -> once(rows.remove(sequence), "removed, " + sequence + " of " + owner));
              store.queues().remove(to, session, owner, sequence, stage, packetId);
            });
      }

      private void forgetWay(long session, int packetId) {
        of(ways, session).ifPresent(rows -> rows.removeIf(way -> way.startsWith(packetId + " ")));
      }

      @Override
      public long lastSequence(long owner) {
        return written.queues().lastSequence(owner);
      }

      @Override
      public List<Entry> read(long owner) {
        return written.queues().read(owner);
      }

      @Override
      public Left left(long session) {
        return written.queues().left(session);
      }

      @Override
      public boolean pages() {
        return true;
      }

      @Override
      public void fetch(
          long session, long[] sequences, Executor executor, Consumer<List<Entry>> then) {
        pages++;
        look(
            session,
            sequences,
            found -> {
              if (found.size() == sequences.length) executor.execute(() -> then.accept(found));
              else lookBehindCommits(session, sequences, executor, then);
            });
      }

      private void lookBehindCommits(
          long session, long[] sequences, Executor executor, Consumer<List<Entry>> then) {
        commits.add(
            new Commit(
                new Changes(List.of()),
                Runnable::run,
                () ->
                    look(session, sequences, found -> executor.execute(() -> then.accept(found)))));
      }

      private void look(long session, long[] sequences, Consumer<List<Entry>> then) {
        readings.add(() -> written.queues().fetch(session, sequences, Runnable::run, then::accept));
      }

      @Override
      public Loans loans(long session) {
        return written.queues().loans(session);
      }
    };
  }

  @Override
  public GroupStore groups() {
    return new GroupStore() {
      @Override
      public void put(Batch batch, Stored group) {
        add(
            batch,
            (store, to) -> {
              began(group.number());
              store.groups().put(to, group);
            });
      }

      @Override
      public void delete(Batch batch, long number) {
        add(
            batch,
            (store, to) -> {
              ended(number);
              store.groups().delete(to, number);
            });
      }

      @Override
      public void forEach(Consumer<Stored> each) {
        written.groups().forEach(each);
      }
    };
  }

  @Override
  public RetainedStore retained() {
    return new RetainedStore() {
      @Override
      public void put(Batch batch, Message message) {
        add(batch, (store, to) -> store.retained().put(to, message));
      }

      @Override
      public void delete(Batch batch, byte[] topic) {
        add(batch, (store, to) -> store.retained().delete(to, topic));
      }

      @Override
      public void forEach(Consumer<Message> each) {
        written.retained().forEach(each);
      }
    };
  }

  @Override
  public WillStore wills() {
    return new WillStore() {
      @Override
      public void put(Batch batch, long session, Stored will) {
        add(batch, (store, to) -> store.wills().put(to, session, will));
      }

      @Override
      public void delete(Batch batch, long session) {
        add(batch, (store, to) -> store.wills().delete(to, session));
      }

      @Override
      public Optional<Stored> read(long session) {
        return written.wills().read(session);
      }
    };
  }
}
