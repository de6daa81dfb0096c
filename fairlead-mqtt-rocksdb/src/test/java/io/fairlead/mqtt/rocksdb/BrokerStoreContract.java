package io.fairlead.mqtt.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.GroupStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.store.SessionStore;
import io.fairlead.mqtt.store.WillStore;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store promises. */
public abstract class BrokerStoreContract {
  private BrokerStore store;

  /** A new, empty one. */
  protected abstract BrokerStore make() throws Exception;

  /** What the next process finds; a store that forgets is asked nothing new. */
  protected BrokerStore again(BrokerStore before) throws Exception {
    return before;
  }

  /** Messages that several queues have; a store that cannot tell says that there is none. */
  protected int sharedMessages(BrokerStore of) {
    return 0;
  }

  @BeforeEach
  void begin() throws Exception {
    store = make();
    store.open();
  }

  @AfterEach
  void end() {
    store.close();
  }

  @Test
  void numbersAreNeverGivenTwice() {
    assertThat(store.sessions().nextNumber()).isNotEqualTo(store.sessions().nextNumber());
  }

  @Test
  void keepsASessionWithAllThatBelongsToIt() throws Exception {
    TopicFilter filter = TopicFilter.of("a/+", TopicLimits.DEFAULT);
    SubscribeOptions options = SubscribeOptions.ofQos(2);
    commit(
        batch -> {
          store.sessions().put(batch, session(7));
          store.sessions().putSubscription(batch, 7, filter, options);
          store.sessions().putInboundId(batch, 7, 11);
          store.sessions().putInboundId(batch, 7, 12);
        });
    commit(batch -> store.sessions().deleteInboundId(batch, 7, 11));
    store = again(store);

    SessionStore.Stored stored = only();
    assertThat(stored.clientId()).isEqualTo("c7");
    assertThat(stored.subscriptions()).containsExactly(Map.entry(filter, options));
    assertThat(stored.inboundIds()).containsExactly(12);

    commit(batch -> store.sessions().deleteSubscription(batch, 7, filter));
    assertThat(only().subscriptions()).isEmpty();
  }

  @Test
  void puttingASessionAgainKeepsWhatBelongsToIt() throws Exception {
    TopicFilter filter = TopicFilter.of("a", TopicLimits.DEFAULT);
    commit(
        batch -> {
          store.sessions().put(batch, session(1));
          store.sessions().putSubscription(batch, 1, filter, SubscribeOptions.ofQos(1));
        });
    commit(batch -> store.sessions().put(batch, session(1)));
    assertThat(only().subscriptions()).containsKey(filter);
  }

  @Test
  void aQueueKeepsItsOrderAndHowFarEachMessageIs() throws Exception {
    commit(
        batch -> {
          store.sessions().put(batch, session(1));
          for (int i = 1; i <= 3; i++) store.queues().put(batch, 1, entry(i));
        });
    commit(batch -> store.queues().advance(batch, 1, 1, 2, Stage.SENT, 40));
    commit(batch -> store.queues().advance(batch, 1, 1, 2, Stage.RELEASED, 40));
    commit(batch -> store.queues().remove(batch, 1, 1, 1, Stage.WAITING, 0));
    store = again(store);

    assertThat(store.queues().lastSequence(1)).isGreaterThanOrEqualTo(3);
    List<QueueStore.Entry> queue = store.queues().read(1);
    assertThat(queue).extracting(QueueStore.Entry::sequence).containsExactly(2L, 3L);
    assertThat(queue.getFirst().stage()).isEqualTo(Stage.RELEASED);
    assertThat(queue.getFirst().packetId()).isEqualTo(40);
    assertThat(queue.getLast().stage()).isEqualTo(Stage.WAITING);

    commit(batch -> store.queues().remove(batch, 1, 1, 2, Stage.RELEASED, 40));
    commit(batch -> store.queues().advance(batch, 1, 1, 3, Stage.SENT, 40));
    store = again(store);
    assertThat(store.queues().read(1))
        .singleElement()
        .satisfies(entry -> assertThat(entry.sequence()).isEqualTo(3))
        .satisfies(entry -> assertThat(entry.stage()).isEqualTo(Stage.SENT))
        .satisfies(entry -> assertThat(entry.packetId()).isEqualTo(40));
  }

  @Test
  void whatWaitsIsReadWhenItsTurnComes() throws Exception {
    commit(
        batch -> {
          store.sessions().put(batch, session(1));
          store.sessions().put(batch, session(2));
          Message common = message("common");
          for (int i = 1; i <= 5; i++) {
            store.queues().put(batch, 1, i == 4 ? entry(4, common, 9, 8) : entry(i));
          }
          store.queues().put(batch, 2, entry(6, common));
        });
    commit(batch -> store.queues().advance(batch, 1, 1, 2, Stage.SENT, 40));
    commit(batch -> store.queues().remove(batch, 1, 1, 1, Stage.WAITING, 0));
    store = again(store);

    QueueStore.Left left = store.queues().left(1);
    assertThat(left.underWay())
        .extracting(each -> each.sequence() + " " + each.stage() + " " + each.packetId())
        .containsExactly("2 SENT 40");
    assertThat(left.waiting().first(9, 1 << 20)).containsExactly(3, 4, 5);
    assertThat(left.waiting().bytes()).isPositive();
    assertThat(store.queues().left(2).waiting().first(9, 1 << 20)).containsExactly(6);

    List<QueueStore.Entry> read = fetched(1, 3, 4, 77, 5);
    assertThat(read).extracting(QueueStore.Entry::sequence).containsExactly(3L, 4L, 5L);
    assertThat(read.get(1).subscriptionIds()).containsExactly(9, 8);
    assertThat(new String(read.get(1).message().topic(), StandardCharsets.UTF_8))
        .isEqualTo("common");

    commit(batch -> store.queues().put(batch, 1, entry(6)));
    assertThat(fetched(1, 6)).hasSize(1);
  }

  private List<QueueStore.Entry> fetched(long session, long... sequences) throws Exception {
    CompletableFuture<List<QueueStore.Entry>> found = new CompletableFuture<>();
    store.queues().fetch(session, sequences, Runnable::run, found::complete);
    return found.get(30, TimeUnit.SECONDS);
  }

  @Test
  void aMessageOfSeveralQueuesStaysUntilTheLastOfThemIsDoneWithIt() throws Exception {
    Message common = message("common");
    commit(
        batch -> {
          for (int i = 1; i <= 3; i++) {
            store.sessions().put(batch, session(i));
            store.queues().put(batch, i, entry(1, common, 9, 8));
          }
          store.queues().put(batch, 3, entry(2));
        });
    commit(batch -> store.queues().remove(batch, 1, 1, 1, Stage.WAITING, 0));
    commit(batch -> store.sessions().delete(batch, 2));
    store = again(store);

    assertThat(store.queues().read(1)).isEmpty();
    List<QueueStore.Entry> last = store.queues().read(3);
    assertThat(last).extracting(QueueStore.Entry::sequence).containsExactly(1L, 2L);
    assertThat(last.getFirst().message().topic()).isEqualTo(common.topic());
    assertThat(last.getFirst().subscriptionIds()).containsExactly(9, 8);
    commit(batch -> store.queues().remove(batch, 3, 3, 1, Stage.WAITING, 0));
    assertThat(sharedMessages(store)).isZero();
    store = again(store);
    assertThat(store.queues().read(3)).extracting(QueueStore.Entry::sequence).containsExactly(2L);
  }

  @Test
  void aMessageComesBackAsItWent() throws Exception {
    Message rich =
        new Message(
            "t/ü".getBytes(StandardCharsets.UTF_8),
            new byte[] {0, 1, (byte) 0xff},
            2,
            false,
            Properties.of()
                .with(PropertyId.CONTENT_TYPE, "x/y")
                .with(PropertyId.CORRELATION_DATA, new byte[] {5, 6})
                .user("a", "b")
                .user("a", "c")
                .build(),
            12_345,
            "püblisher");
    commit(
        batch -> {
          store.sessions().put(batch, session(1));
          store.queues().put(batch, 1, entry(1, rich));
        });
    store = again(store);
    Message back = store.queues().read(1).getFirst().message();
    assertThat(back.topic()).isEqualTo(rich.topic());
    assertThat(back.payload()).isEqualTo(rich.payload());
    assertThat(back.qos()).isEqualTo(2);
    assertThat(back.retain()).isFalse();
    assertThat(back.properties()).isEqualTo(rich.properties());
    assertThat(back.expiresAtMillis()).isEqualTo(12_345);
    assertThat(back.publisher()).isEqualTo("püblisher");
  }

  @Test
  void keepsAWill() throws Exception {
    commit(
        batch -> {
          store.sessions().put(batch, session(1));
          store.wills().put(batch, 1, new WillStore.Stored(message("w"), 5, 7, 99));
        });
    store = again(store);
    WillStore.Stored will = store.wills().read(1).orElseThrow();
    assertThat(will.delaySeconds()).isEqualTo(5);
    assertThat(will.expirySeconds()).isEqualTo(7);
    assertThat(will.dueAtMillis()).isEqualTo(99);
    assertThat(will.message().topic()).isEqualTo(message("w").topic());
    commit(batch -> store.wills().delete(batch, 1));
    store = again(store);
    assertThat(store.wills().read(1)).isEmpty();
  }

  @Test
  void keepsAGroupWithWhatWaitsForIt() throws Exception {
    TopicFilter filter = TopicFilter.of("$share/g/a/+", TopicLimits.DEFAULT);
    commit(
        batch -> {
          store.groups().put(batch, new GroupStore.Stored(4, filter));
          store.queues().put(batch, 4, entry(1));
        });
    store = again(store);
    List<GroupStore.Stored> groups = new ArrayList<>();
    store.groups().forEach(groups::add);
    assertThat(groups).containsExactly(new GroupStore.Stored(4, filter));
    assertThat(store.queues().read(4)).hasSize(1);

    commit(batch -> store.groups().delete(batch, 4));
    store = again(store);
    store.groups().forEach(each -> fail("still there: " + each));
    assertThat(store.queues().read(4)).isEmpty();
  }

  @Test
  void aGroupsMessageIsOnItsWayToOneSessionAndComesBackToTheGroup() throws Exception {
    TopicFilter filter = TopicFilter.of("$share/g/a", TopicLimits.DEFAULT);
    commit(
        batch -> {
          store.groups().put(batch, new GroupStore.Stored(4, filter));
          store.sessions().put(batch, session(1));
          for (int i = 1; i <= 4; i++) store.queues().put(batch, 4, entry(i));
          store.queues().put(batch, 1, entry(7));
          for (int i = 1; i <= 3; i++) {
            store.queues().advance(batch, 1, 4, i, Stage.SENT, 20 + i);
          }
          store.queues().advance(batch, 1, 4, 2, Stage.RELEASED, 22);
          store.queues().advance(batch, 1, 1, 7, Stage.SENT, 30);
        });
    commit(batch -> store.queues().remove(batch, 1, 4, 1, Stage.SENT, 21));
    store = again(store);

    assertThat(store.queues().read(4)).extracting(QueueStore.Entry::sequence).containsExactly(4L);
    QueueStore.Loans loans = store.queues().loans(1);
    assertThat(loans.ended()).isEmpty();
    assertThat(loans.lent()).extracting(QueueStore.Lent::group).containsExactly(4L, 4L);
    assertThat(loans.lent())
        .extracting(lent -> lent.entry().sequence() + " " + lent.entry().stage())
        .containsExactly("2 RELEASED", "3 SENT");
    assertThat(store.queues().read(1)).extracting(QueueStore.Entry::packetId).containsExactly(30);

    commit(batch -> store.queues().withdraw(batch, 1, Stage.SENT, 23));
    commit(batch -> store.sessions().delete(batch, 1));
    store = again(store);
    assertThat(store.queues().read(4))
        .extracting(QueueStore.Entry::sequence)
        .containsExactly(2L, 3L, 4L);
  }

  @Test
  void aPacketIdOfAGroupThatEndedIsKeptUntilTheClientIsDoneWithIt() throws Exception {
    TopicFilter filter = TopicFilter.of("$share/g/a", TopicLimits.DEFAULT);
    commit(
        batch -> {
          store.groups().put(batch, new GroupStore.Stored(4, filter));
          store.sessions().put(batch, session(1));
          for (int i = 1; i <= 3; i++) {
            store.queues().put(batch, 4, entry(i));
            store.queues().advance(batch, 1, 4, i, Stage.SENT, 20 + i);
          }
          store.queues().advance(batch, 1, 4, 2, Stage.RELEASED, 22);
        });
    commit(batch -> store.groups().delete(batch, 4));
    commit(batch -> store.queues().remove(batch, 1, 0, 3, Stage.SENT, 23));
    for (int i = 0; i < 2; i++) {
      store = again(store);
      assertThat(store.queues().loans(1).lent()).isEmpty();
      assertThat(store.queues().loans(1).ended())
          .containsExactlyInAnyOrder(
              new QueueStore.Ended(Stage.SENT, 21), new QueueStore.Ended(Stage.RELEASED, 22));
    }
    commit(batch -> store.queues().withdraw(batch, 1, Stage.RELEASED, 22));
    store = again(store);
    assertThat(store.queues().loans(1).ended())
        .containsExactly(new QueueStore.Ended(Stage.SENT, 21));
  }

  @Test
  void whatNobodyWaitsForIsMadeBeforeWhatComesAfterIt() throws Exception {
    commit(batch -> store.sessions().put(batch, session(1)));
    for (int i = 1; i <= 10; i++) {
      BrokerStore.Batch batch = store.begin();
      store.queues().put(batch, 1, entry(i));
      store.commit(batch);
    }
    commit(batch -> store.queues().remove(batch, 1, 1, 10, Stage.WAITING, 0));
    store = again(store);
    assertThat(store.queues().read(1)).hasSize(9);
  }

  @Test
  void aBatchWithoutChangesIsDoneAtOnce() {
    boolean[] done = new boolean[1];
    store.commit(store.begin(), task -> fail("not at once"), () -> done[0] = true);
    assertThat(done[0]).isTrue();
  }

  @Test
  void deletingASessionForgetsItsQueueAndItsWill() throws Exception {
    commit(
        batch -> {
          store.sessions().put(batch, session(1));
          store.queues().put(batch, 1, entry(1));
          store.wills().put(batch, 1, new WillStore.Stored(message("w"), 5, -1, Message.NEVER));
        });
    assertThat(store.wills().read(1)).isPresent();
    commit(batch -> store.sessions().delete(batch, 1));

    assertThat(store.queues().read(1)).isEmpty();
    assertThat(store.wills().read(1)).isEmpty();
    List<SessionStore.Stored> all = new ArrayList<>();
    store.sessions().forEach(all::add);
    assertThat(all).isEmpty();
  }

  @Test
  void whatIsSaidOfASessionThatEndedIsNotKept() throws Exception {
    commit(batch -> store.sessions().put(batch, session(1)));
    commit(batch -> store.sessions().delete(batch, 1));
    commit(batch -> store.queues().put(batch, 1, entry(1)));
    assertThat(store.queues().read(1)).isEmpty();
  }

  @Test
  void keepsOneRetainedMessageForEachTopic() throws Exception {
    commit(batch -> store.retained().put(batch, message("a")));
    commit(batch -> store.retained().put(batch, message("b")));
    Message newer = message("a");
    commit(batch -> store.retained().put(batch, newer));
    commit(batch -> store.retained().delete(batch, newer.topic().clone()));

    store = again(store);
    List<String> topics = new ArrayList<>();
    store.retained().forEach(m -> topics.add(new String(m.topic(), StandardCharsets.UTF_8)));
    assertThat(topics).containsExactly("b");
  }

  @Test
  void commitsCompleteInTheirOrder() throws Exception {
    List<Integer> done = new ArrayList<>();
    CountDownLatch all = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      int number = i;
      BrokerStore.Batch batch = store.begin();
      store.sessions().put(batch, session(number));
      store.commit(
          batch,
          Runnable::run,
          () -> {
            synchronized (done) {
              done.add(number);
            }
            all.countDown();
          });
    }
    assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(done).isSorted().hasSize(100);
  }

  private void commit(Consumer<BrokerStore.Batch> changes) throws InterruptedException {
    BrokerStore.Batch batch = store.begin();
    assertThat(batch.isEmpty()).isTrue();
    changes.accept(batch);
    assertThat(batch.isEmpty()).isFalse();
    CountDownLatch done = new CountDownLatch(1);
    store.commit(batch, Runnable::run, done::countDown);
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private SessionStore.Stored only() {
    List<SessionStore.Stored> all = new ArrayList<>();
    store.sessions().forEach(all::add);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  static SessionStore.Stored session(long number) {
    return new SessionStore.Stored(
        number, "c" + number, "anonymous", true, 60, Message.NEVER, Map.of(), Set.of());
  }

  static QueueStore.Entry entry(long sequence) {
    return entry(sequence, message("q"));
  }

  static QueueStore.Entry entry(long sequence, Message message, int... ids) {
    return new QueueStore.Entry(sequence, message, 1, false, ids, Stage.WAITING, 0);
  }

  private static Message message(String topic) {
    return new Message(
        topic.getBytes(StandardCharsets.UTF_8),
        new byte[] {1},
        1,
        true,
        Properties.EMPTY,
        Message.NEVER,
        "p");
  }
}
