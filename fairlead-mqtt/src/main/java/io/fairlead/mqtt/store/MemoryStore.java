package io.fairlead.mqtt.store;

import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps everything for as long as the process lives, and is done at once. What it holds is bounded
 * by the bounds of those who write: sessions, their queues, retained messages.
 */
public final class MemoryStore implements BrokerStore {
  private final Map<Long, Kept> kept = new HashMap<>(); // guarded by this
  private final Map<String, Message> retainedByTopic = new HashMap<>(); // guarded by this
  private final AtomicLong numbers = new AtomicLong();
  private final SessionStore sessions = new Sessions();
  private final QueueStore queues = new Queues();
  private final GroupStore groups = new Groups();
  private final RetainedStore retained = new RetainedMessages();
  private final WillStore wills = new Wills();

  /** A group's message on its way to a session. */
  private record Loan(long owner, long sequence, QueueStore.Stage stage) {}

  /** All of one session or group. */
  private static final class Kept {
    SessionStore.@Nullable Stored session;
    GroupStore.@Nullable Stored group;
    final Map<TopicFilter, SubscribeOptions> subscriptions = new HashMap<>();
    final Set<Integer> inboundIds = new HashSet<>();
    final TreeMap<Long, QueueStore.Entry> queue = new TreeMap<>();
    final Map<Integer, Loan> lent = new HashMap<>(); // by packet id
    WillStore.@Nullable Stored will;
  }

  private static final class Changes implements Batch {
    private final List<Runnable> list = new ArrayList<>(2);

    @Override
    public boolean isEmpty() {
      return list.isEmpty();
    }

    static List<Runnable> of(Batch batch) {
      return ((Changes) batch).list;
    }
  }

  /** Nothing to read: what it keeps is its own. */
  @Override
  public void open() {}

  @Override
  public SessionStore sessions() {
    return sessions;
  }

  @Override
  public QueueStore queues() {
    return queues;
  }

  @Override
  public GroupStore groups() {
    return groups;
  }

  @Override
  public RetainedStore retained() {
    return retained;
  }

  @Override
  public WillStore wills() {
    return wills;
  }

  @Override
  public Batch begin() {
    return new Changes();
  }

  @Override
  public void commit(Batch batch, Executor executor, Runnable committed) {
    synchronized (this) {
      for (Runnable change : Changes.of(batch)) change.run();
    }
    committed.run();
  }

  @Override
  public void commit(Batch batch) {
    synchronized (this) {
      for (Runnable change : Changes.of(batch)) change.run();
    }
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

  /** Nothing to close: what it keeps goes with it. */
  @Override
  public void close() {}

  // Changes run in commit, under its lock; so what they touch is guarded.

  /** What is said of a session that ended meanwhile is not kept. */
  private void of(long session, Consumer<Kept> change) {
    Kept one = kept.get(session);
    if (one != null) change.accept(one);
  }

  private static String key(byte[] topic) {
    return new String(topic, java.nio.charset.StandardCharsets.UTF_8);
  }

  private final class Sessions implements SessionStore {
    @Override
    public long nextNumber() {
      return numbers.incrementAndGet();
    }

    @Override
    public void put(Batch batch, Stored session) {
      Changes.of(batch)
          .add(() -> kept.computeIfAbsent(session.number(), _ -> new Kept()).session = session);
    }

    @Override
    public void delete(Batch batch, long number) {
      Changes.of(batch).add(() -> kept.remove(number));
    }

    @Override
    public void putSubscription(
        Batch batch, long number, TopicFilter filter, SubscribeOptions options) {
      Changes.of(batch).add(() -> of(number, one -> one.subscriptions.put(filter, options)));
    }

    @Override
    public void deleteSubscription(Batch batch, long number, TopicFilter filter) {
      Changes.of(batch).add(() -> of(number, one -> one.subscriptions.remove(filter)));
    }

    @Override
    public void putInboundId(Batch batch, long number, int packetId) {
      Changes.of(batch).add(() -> of(number, one -> one.inboundIds.add(packetId)));
    }

    @Override
    public void deleteInboundId(Batch batch, long number, int packetId) {
      Changes.of(batch).add(() -> of(number, one -> one.inboundIds.remove(packetId)));
    }

    @Override
    public void forEach(Consumer<Stored> each) {
      List<Stored> all = new ArrayList<>();
      synchronized (MemoryStore.this) {
        for (Kept one : kept.values()) {
          Stored s = one.session;
          if (s == null) continue;
          all.add(
              new Stored(
                  s.number(),
                  s.clientId(),
                  s.principal(),
                  s.rich(),
                  s.expirySeconds(),
                  s.endsAtMillis(),
                  one.subscriptions,
                  one.inboundIds));
        }
      }
      all.forEach(each);
    }
  }

  private final class Queues implements QueueStore {
    @Override
    public void put(Batch batch, long owner, Entry entry) {
      Changes.of(batch).add(() -> of(owner, one -> one.queue.put(entry.sequence(), entry)));
    }

    @Override
    public void advance(
        Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
      Changes.of(batch)
          .add(
              () -> {
                if (owner == session) {
                  of(session, one -> advanced(one.queue, sequence, stage, packetId));
                } else {
                  of(session, one -> one.lent.put(packetId, new Loan(owner, sequence, stage)));
                }
              });
    }

    private void advanced(TreeMap<Long, Entry> queue, long sequence, Stage stage, int packetId) {
      queue.computeIfPresent(sequence, (_, entry) -> entry.advanced(stage, packetId));
    }

    @Override
    public void withdraw(Batch batch, long session, Stage stage, int packetId) {
      Changes.of(batch).add(() -> of(session, one -> one.lent.remove(packetId)));
    }

    @Override
    public void remove(
        Batch batch, long session, long owner, long sequence, Stage stage, int packetId) {
      Changes.of(batch)
          .add(
              () -> {
                of(owner, one -> one.queue.remove(sequence));
                if (owner != session) of(session, one -> one.lent.remove(packetId));
              });
    }

    @Override
    public List<Entry> read(long owner) {
      synchronized (MemoryStore.this) {
        Kept one = kept.get(owner);
        if (one == null) return List.of();
        List<Entry> entries = new ArrayList<>(one.queue.values());
        if (one.group == null) return entries;
        for (Kept each : kept.values()) {
          for (Loan loan : each.lent.values()) {
            entries.removeIf(e -> loan.owner() == owner && loan.sequence() == e.sequence());
          }
        }
        return entries;
      }
    }

    @Override
    public Left left(long session) {
      List<Entry> all = read(session);
      Stowage waiting = new Stowage();
      for (Entry each : all) {
        if (each.stage() == Stage.WAITING) waiting.addLast(each.sequence(), each.message().bytes());
      }
      return new Left(all.stream().filter(each -> each.stage() != Stage.WAITING).toList(), waiting);
    }

    @Override
    public boolean pages() {
      return false;
    }

    @Override
    public void fetch(
        long session, long[] sequences, Executor executor, Consumer<List<Entry>> then) {
      List<Entry> found = new ArrayList<>(sequences.length);
      synchronized (MemoryStore.this) {
        of(
            session,
            one -> {
              for (long sequence : sequences) {
                Entry entry = one.queue.get(sequence);
                if (entry != null) found.add(entry);
              }
            });
      }
      then.accept(found);
    }

    @Override
    public Loans loans(long session) {
      synchronized (MemoryStore.this) {
        Kept one = kept.get(session);
        if (one == null) return new Loans(List.of(), List.of());
        List<Lent> found = new ArrayList<>();
        List<Ended> ended = new ArrayList<>();
        one.lent.forEach(
            (packetId, loan) -> {
              Kept owner = kept.get(loan.owner());
              Entry entry = owner == null ? null : owner.queue.get(loan.sequence());
              if (entry == null) ended.add(new Ended(loan.stage(), packetId));
              else found.add(new Lent(loan.owner(), entry.advanced(loan.stage(), packetId)));
            });
        return new Loans(found, ended);
      }
    }

    @Override
    public long lastSequence(long session) {
      synchronized (MemoryStore.this) {
        Kept one = kept.get(session);
        return one == null || one.queue.isEmpty() ? 0 : one.queue.lastKey();
      }
    }
  }

  private final class Groups implements GroupStore {
    @Override
    public void put(Batch batch, Stored group) {
      Changes.of(batch)
          .add(() -> kept.computeIfAbsent(group.number(), _ -> new Kept()).group = group);
    }

    @Override
    public void delete(Batch batch, long number) {
      Changes.of(batch).add(() -> kept.remove(number));
    }

    @Override
    public void forEach(Consumer<Stored> each) {
      List<Stored> all = new ArrayList<>();
      synchronized (MemoryStore.this) {
        for (Kept one : kept.values()) if (one.group != null) all.add(one.group);
      }
      all.forEach(each);
    }
  }

  private final class RetainedMessages implements RetainedStore {
    @Override
    public void put(Batch batch, Message message) {
      Changes.of(batch).add(() -> retainedByTopic.put(key(message.topic()), message));
    }

    @Override
    public void delete(Batch batch, byte[] topic) {
      Changes.of(batch).add(() -> retainedByTopic.remove(key(topic)));
    }

    @Override
    public void forEach(Consumer<Message> each) {
      List<Message> all;
      synchronized (MemoryStore.this) {
        all = List.copyOf(retainedByTopic.values());
      }
      all.forEach(each);
    }
  }

  private final class Wills implements WillStore {
    @Override
    public void put(Batch batch, long session, Stored will) {
      Changes.of(batch).add(() -> of(session, one -> one.will = will));
    }

    @Override
    public void delete(Batch batch, long session) {
      Changes.of(batch).add(() -> of(session, one -> one.will = null));
    }

    @Override
    public Optional<Stored> read(long session) {
      synchronized (MemoryStore.this) {
        Kept one = kept.get(session);
        return one == null ? Optional.empty() : Optional.ofNullable(one.will);
      }
    }
  }
}
