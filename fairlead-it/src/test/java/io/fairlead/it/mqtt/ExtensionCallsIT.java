package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthorizer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.BrokerCore.Home;
import io.fairlead.mqtt.extension.BrokerServices;
import io.fairlead.mqtt.extension.GroupStrategy;
import io.fairlead.mqtt.extension.LifecycleListener;
import io.fairlead.mqtt.extension.MetricsSink;
import io.fairlead.mqtt.extension.MqttExtension;
import io.fairlead.mqtt.extension.PublishInterceptor;
import io.fairlead.mqtt.extension.PublishReviewer;
import io.fairlead.mqtt.extension.Sender;
import io.fairlead.mqtt.extension.SubscribeReviewer;
import io.fairlead.mqtt.extension.WillInterceptor;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an extension is asked and told, by clients that have sockets. */
class ExtensionCallsIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final List<Peer> peers = new ArrayList<>();
  private @Nullable EmbeddedBroker broker;

  @AfterEach
  void stop() throws IOException {
    for (Peer peer : peers) peer.close();
    if (broker != null) broker.close();
    broker = null;
  }

  /** Offers what a test says. */
  private abstract static class Told implements MqttExtension {
    final Queue<String> heard = new ConcurrentLinkedQueue<>();
    volatile @Nullable BrokerServices services;

    @Override
    public String name() {
      return "told";
    }

    @Override
    public void start(BrokerServices given) {
      services = given;
    }
  }

  private EmbeddedBroker with(String yaml, MqttExtension extension) {
    EmbeddedBroker made =
        EmbeddedBroker.start(yaml, builder -> builder.extension(extension, Map.of()));
    broker = made;
    return made;
  }

  private EmbeddedBroker with(MqttExtension extension) {
    return with("", extension);
  }

  private Peer open() throws IOException {
    EmbeddedBroker now = broker;
    if (now == null) throw new IllegalStateException("no broker");
    Peer peer = new Peer(new Link.Plain(RawClient.connect(now.port(Transport.TCP))), Version.V5);
    peer.link().tcp().timeout(SOON);
    peers.add(peer);
    return peer;
  }

  private Peer join(Connect connect) throws IOException {
    Peer peer = open();
    peer.connect(connect);
    return peer;
  }

  private Peer join(String id) throws IOException {
    return join(Connect.of(Version.V5, id));
  }

  private static String text(Message message) {
    return new String(message.payload(), UTF_8);
  }

  private static double failures(EmbeddedBroker broker) {
    return broker.count("mqtt.extension.failures", "extension", "told");
  }

  @Test
  void eachReceiverGetsWhatIsMadeForItAndABadTopicIsAFailure() throws Exception {
    EmbeddedBroker running =
        with(
            new Told() {
              @Override
              public Optional<PublishInterceptor> publishes() {
                return Optional.of(
                    new PublishInterceptor() {
                      @Override
                      public Optional<Message> outgoing(Sender to, Message message) {
                        return switch (to.clientId()) {
                          case "none" -> Optional.empty();
                          case "bad" -> Optional.of(message.withTopic("a/#".getBytes(UTF_8)));
                          case "one" ->
                              Optional.of(
                                  message
                                      .withTopic("for/one".getBytes(UTF_8))
                                      .withPayload((text(message) + "!").getBytes(UTF_8)));
                          default -> Optional.of(message);
                        };
                      }
                    });
              }
            });
    Peer one = join("one").subscribe("t", 1);
    Peer other = join("other").subscribe("t", 1);
    Peer none = join("none").subscribe("t", 1);
    Peer bad = join("bad").subscribe("t", 1);
    join("p").publish("t", "x", 1).retain("t", "y", 1);
    Packet first = one.message("x!");
    assertThat(first.topic()).isEqualTo("for/one");
    one.message("y!");
    other.message("x");
    other.message("y");
    none.ping();
    bad.ping();
    join(Connect.of(Version.V5, "later")).subscribe("t", 1).message("y");
    await().atMost(SOON).until(() -> failures(running) == 2);
  }

  @ParameterizedTest
  @EnumSource(Home.class)
  void aClientThatPublishesAndGoesIsHeardThoughTheAnswerComesLater(Home home) throws Exception {
    // By their hashes some of these clients live on the other loop than their connections.
    for (int i = 0; i < 4; i++) {
      publishesAndGoes(home, "p" + i);
      stop();
      peers.clear();
    }
  }

  private void publishesAndGoes(Home home, String id) throws Exception {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    Told told =
        new Told() {
          @Override
          public Optional<PublishReviewer> reviewsPublishes() {
            return Optional.of(
                (from, message, will) -> {
                  heard.add((will ? "will " : "") + text(message));
                  return answer.thenApplyAsync(_ -> Optional.of(message));
                });
          }
        };
    broker = EmbeddedBroker.start("", builder -> builder.extension(told, Map.of()).home(home));
    Peer s = join("s").subscribe("#", 1);
    Peer p = join(Connect.of(Version.V5, id).will("w", "lost", 0, false));
    p.send(
        Frames.publish(Version.V5, "t", "one", 0, 0),
        Frames.publish(Version.V5, "t", "two", 1, 7),
        Frames.publish(Version.V5, "t", "three", 0, 0),
        Frames.DISCONNECT);
    p.link().close();
    await().atMost(SOON).until(() -> told.heard.contains("one"));
    assertThat(told.heard).containsExactly("one");
    s.ping();
    answer.complete(null);
    s.message("one");
    s.message("two");
    s.message("three");
    s.ping();
    assertThat(told.heard).as("no will").containsExactly("one", "two", "three");
  }

  @ParameterizedTest
  @EnumSource(Home.class)
  void whileAnAnswerIsDueTheClientIsNotReadAndWhatItSentIsAnsweredInOrder(Home home)
      throws Exception {
    Queue<CompletableFuture<Void>> due = new ConcurrentLinkedQueue<>();
    Told told =
        new Told() {
          @Override
          public Optional<PublishReviewer> reviewsPublishes() {
            return Optional.of(
                (from, message, will) -> {
                  CompletableFuture<Void> answer = new CompletableFuture<>();
                  due.add(answer);
                  return answer.thenApply(_ -> Optional.of(message));
                });
          }

          @Override
          public Optional<SubscribeReviewer> reviewsSubscribes() {
            return Optional.of(
                (client, filter, qos) ->
                    CompletableFuture.supplyAsync(
                        () ->
                            filter.equals("no") ? ReasonCode.NOT_AUTHORIZED : ReasonCode.SUCCESS));
          }
        };
    broker = EmbeddedBroker.start("", builder -> builder.extension(told, Map.of()).home(home));
    for (int i = 0; i < 4; i++) answeredInOrder(due, join("p" + i));
  }

  private static void answeredInOrder(Queue<CompletableFuture<Void>> due, Peer p) throws Exception {
    p.send(
        Frames.subscribe(Version.V5, 1, "a", 1, "no", 1),
        Frames.publish(Version.V5, "a", "one", 1, 2),
        Frames.publish(Version.V5, "b", "two", 2, 3));
    assertThat(p.next(Packet.SUBACK).codes()).containsExactly(0, 0x87);
    await().atMost(SOON).until(() -> due.size() == 1);
    due.remove().complete(null);
    List<Integer> types = new ArrayList<>();
    for (int i = 0; i < 2; i++) types.add(p.next().type());
    assertThat(types).containsExactlyInAnyOrder(Packet.PUBLISH, Packet.PUBACK);
    await().atMost(SOON).until(() -> due.size() == 1);
    due.remove().complete(null);
    p.next(Packet.PUBREC);
    p.ping(); // it is read again
  }

  @Test
  void anAnswerThatDoesNotComeIsNo() throws Exception {
    EmbeddedBroker running =
        with(
            new Told() {
              @Override
              public Optional<PublishReviewer> reviewsPublishes() {
                return Optional.of((from, message, will) -> new CompletableFuture<>());
              }

              @Override
              public Optional<SubscribeReviewer> reviewsSubscribes() {
                return Optional.of(
                    (client, filter, qos) -> {
                      throw new IllegalStateException("a mistake");
                    });
              }
            });
    Peer p = join(Connect.of(Version.V5, "p").keepAlive(1)); // it is not read for longer than that
    p.send(Frames.publish(Version.V5, "a", "one", 1, 2));
    assertThat(p.next(Packet.PUBACK).code()).isEqualTo(0x83);
    assertThat(failures(running)).isOne();
    p.send(Frames.subscribe(Version.V5, 1, "a", 1));
    assertThat(p.next(Packet.SUBACK).code()).isEqualTo(0x80);
    assertThat(failures(running)).isEqualTo(2);
  }

  @Test
  void oneThatPassesIsAsIfItWereNotThereWhereItFails() throws Exception {
    EmbeddedBroker running =
        with(
            new Told() {
              @Override
              public OnFailure onFailure() {
                return OnFailure.PASS;
              }

              @Override
              public Optional<PublishReviewer> reviewsPublishes() {
                return Optional.of(
                    (from, message, will) -> {
                      throw new NoClassDefFoundError("a mistake");
                    });
              }

              @Override
              public Optional<WillInterceptor> wills() {
                return Optional.of(
                    new WillInterceptor() {
                      @Override
                      public CompletionStage<Answer> announced(Sender client, Message will) {
                        return CompletableFuture.failedFuture(new IllegalStateException("no"));
                      }
                    });
              }
            });
    Peer s = join("s").subscribe("#", 1);
    join(Connect.of(Version.V5, "p").will("w", "bye", 1, false))
        .publish("t", "x", 1)
        .link()
        .close();
    s.message("x");
    s.message("bye");
    assertThat(failures(running)).isEqualTo(3);
  }

  @Test
  void aWillIsRefusedTakenAwayOrChangedWhenItIsSaidAndWhenItsTimeHasCome() throws Exception {
    with(
        new Told() {
          @Override
          public Optional<WillInterceptor> wills() {
            return Optional.of(
                new WillInterceptor() {
                  @Override
                  public CompletionStage<Answer> announced(Sender client, Message will) {
                    return CompletableFuture.supplyAsync(
                        () ->
                            switch (client.clientId()) {
                              case "refused" -> new Answer.Refuse(ReasonCode.NOT_AUTHORIZED);
                              case "without" -> new Answer.Without();
                              case "changed" -> new Answer.Keep(will.withTopic(new byte[] {'c'}));
                              default -> new Answer.Keep(will);
                            });
                  }

                  @Override
                  public Optional<Message> due(Sender client, Message will) {
                    return client.clientId().equals("late")
                        ? Optional.empty()
                        : Optional.of(will.withPayload((text(will) + " at last").getBytes(UTF_8)));
                  }
                });
          }
        });
    Peer s = join("s").subscribe("#", 1);
    open().send(Connect.of(Version.V5, "refused").will("w", "r", 1, false).bytes()).refused(0x87);
    for (String id : List.of("without", "late", "changed")) {
      join(Connect.of(Version.V5, id).will("w", id, 1, false)).link().close();
    }
    Packet will = s.message("changed at last");
    assertThat(will.topic()).isEqualTo("c");
    join("p").publish("t", "end", 1);
    s.message("end");
  }

  @Test
  void livesOfSessionsAreToldInTheirOrder() throws Exception {
    Told told =
        new Told() {
          @Override
          public Optional<LifecycleListener> listens() {
            return Optional.of(
                new LifecycleListener() {
                  @Override
                  public void sessionBegan(Sender client) {
                    heard.add("began " + client.clientId());
                    throw new IllegalStateException("nobody minds");
                  }

                  @Override
                  public void connected(Sender client, boolean sessionPresent) {
                    heard.add("connected " + sessionPresent);
                  }

                  @Override
                  public void sessionTakenOver(Sender client) {
                    heard.add("taken over");
                  }

                  @Override
                  public void disconnected(Sender client, String reason) {
                    heard.add("disconnected " + reason);
                  }

                  @Override
                  public void sessionEnded(Sender client, boolean expired) {
                    heard.add("ended " + expired);
                  }

                  @Override
                  public void subscribed(Sender client, String filter, int qos) {
                    heard.add("subscribed " + filter + " " + qos);
                  }

                  @Override
                  public void unsubscribed(Sender client, String filter) {
                    heard.add("unsubscribed " + filter);
                  }
                });
          }
        };
    with(told);
    Peer first = join(Connect.of(Version.V5, "c").persistent(1)).subscribe("a/#", 1);
    Peer second = join(Connect.of(Version.V5, "c").persistent(1).resume());
    first.dropped(0x8E);
    second.send(Frames.unsubscribe(Version.V5, 3, "a/#")).next(Packet.UNSUBACK);
    second.disconnect();
    await().atMost(SOON).until(() -> told.heard.contains("ended true"));
    assertThat(told.heard)
        .containsExactly(
            "began c",
            "connected false",
            "subscribed a/# 1",
            "taken over",
            "disconnected session_taken_over",
            "connected true",
            "unsubscribed a/#",
            "disconnected client",
            "ended true");
  }

  @Test
  void aGroupIsServedAsTheExtensionSaysAndInTurnWhereItHasNoAnswer() throws Exception {
    Told told =
        new Told() {
          @Override
          public Optional<GroupStrategy> strategy() {
            return Optional.of(
                (filter, message, candidates) -> {
                  heard.add(filter);
                  if (text(message).equals("any")) return 99;
                  for (int i = 0; i < candidates.size(); i++) {
                    if (candidates.get(i).clientId().equals(text(message))) return i;
                  }
                  throw new IllegalStateException("nobody of that name");
                });
          }
        };
    EmbeddedBroker running =
        with("{ shared_strategy: 'extension:told', extensions: { told: {} } }", told);
    Peer a = join("a").subscribe("$share/g/t", 1);
    Peer b = join("b").subscribe("$share/g/t", 1);
    Peer p = join("p");
    for (String to : List.of("b", "b", "a", "b")) p.publish("t", to, 1);
    for (int i = 0; i < 3; i++) b.message("b");
    a.message("a");
    p.publish("t", "any", 1).publish("t", "nobody", 1);
    await().atMost(SOON).until(() -> failures(running) == 2);
    assertThat(told.heard).containsOnly("$share/g/t").hasSize(6);
  }

  @Test
  void whoAClientIsAndWhatItMayIsTheExtensionsToSay() throws Exception {
    with(
        new Told() {
          @Override
          public Optional<MqttAuthenticator> authenticates() {
            return Optional.of(
                shown ->
                    CompletableFuture.supplyAsync(
                        () ->
                            switch (shown.user().orElse("")) {
                              case "" -> new MqttAuthenticator.Answer.Anonymous();
                              case "mallory" ->
                                  new MqttAuthenticator.Answer.Refused(ReasonCode.BANNED);
                              default ->
                                  new MqttAuthenticator.Answer.Accepted(
                                      shown.user().get(), Set.of());
                            }));
          }

          @Override
          public List<EnhancedAuthenticator> methods() {
            return List.of(new Password());
          }

          @Override
          public Optional<MqttAuthorizer> authorizes() {
            return Optional.of(new OwnTopics());
          }
        });
    open().send(Connect.of(Version.V5, "m").user("mallory").bytes()).refused(0x8A);
    Peer alice = join(Connect.of(Version.V5, "a").user("alice")).subscribe("alice/in", 1);
    alice.send(Frames.subscribe(Version.V5, 5, "bob/in", 1));
    assertThat(alice.next(Packet.SUBACK).code()).isEqualTo(0x87);
    Peer nobody = join("n"); // from this machine nobody needs an account
    nobody.send(Frames.publish(Version.V5, "broken", "x", 1, 1));
    assertThat(nobody.next(Packet.PUBACK).code()).isEqualTo(0x87);
    Props asked =
        Props.none()
            .str(Props.AUTH_METHOD, "WORD")
            .bin(Props.AUTH_DATA, "open sesame".getBytes(UTF_8));
    join(Connect.of(Version.V5, "s").props(asked)).publish("sesame/out", "x", 1);
    Props wrong =
        Props.none()
            .str(Props.AUTH_METHOD, "WORD")
            .bin(Props.AUTH_DATA, "break it".getBytes(UTF_8));
    open().send(Connect.of(Version.V5, "t").props(wrong).bytes()).refused(0x88);
  }

  /** Says yes to {@code open NAME}, which then is who it is. */
  private static final class Password implements EnhancedAuthenticator {
    @Override
    public String method() {
      return "WORD";
    }

    @Override
    public Exchange begin(String clientId) {
      return data -> {
        String said = new String(data == null ? new byte[0] : data, UTF_8);
        if (!said.startsWith("open ")) throw new IllegalStateException("a mistake");
        return new Step.Accepted(said.substring(5), Set.of(), Optional.empty());
      };
    }
  }

  /** Everyone has the topics below his name. */
  private static final class OwnTopics implements MqttAuthorizer {
    @Override
    public boolean mayPublish(MqttClient client, byte[] topic, int qos, boolean retain) {
      if (new String(topic, UTF_8).equals("broken")) throw new IllegalStateException("a mistake");
      return new String(topic, UTF_8).startsWith(client.principal().id() + "/");
    }

    @Override
    public boolean maySubscribe(MqttClient client, TopicFilter filter, int qos) {
      return filter.toString().startsWith(client.principal().id() + "/");
    }

    @Override
    public boolean mayReceive(MqttClient client, byte[] topic) {
      return true;
    }
  }

  @Test
  void itIsToldTheMetersAndUsesItsServices() throws Exception {
    Queue<MetricsSink.Reading> readings = new ConcurrentLinkedQueue<>();
    Told told =
        new Told() {
          @Override
          public Optional<MetricsSink> measures() {
            return Optional.of(
                new MetricsSink() {
                  @Override
                  public Duration every() {
                    return Duration.ofSeconds(1);
                  }

                  @Override
                  public void read(List<Reading> now) {
                    readings.addAll(now);
                  }
                });
          }
        };
    with(told);
    Peer c = join("c").subscribe("t", 1);
    BrokerServices services = told.services;
    if (services == null) throw new AssertionError("not started");
    Message kept =
        new Message(
            "t".getBytes(UTF_8),
            "kept".getBytes(UTF_8),
            1,
            true,
            Properties.EMPTY,
            Message.NEVER,
            "");
    assertThat(services.publish(kept).toCompletableFuture().get().error()).isFalse();
    c.message("kept");
    assertThat(services.retained("#", 10)).hasSize(1);
    assertThat(services.logger().getName()).endsWith(".told");
    CompletableFuture<String> ran = new CompletableFuture<>();
    services.after(Duration.ofMillis(1), () -> ran.complete(Thread.currentThread().getName()));
    assertThat(ran.get()).contains("mqtt-test");
    Function<String, Optional<MetricsSink.Reading>> of =
        name -> readings.stream().filter(each -> each.name().equals(name)).findFirst();
    await().atMost(SOON).until(() -> of.apply("mqtt.clients").isPresent());
    assertThat(of.apply("mqtt.clients").orElseThrow().value()).isEqualTo(1);
    assertThat(of.apply("mqtt.connect.count").orElseThrow().value()).isEqualTo(1);
    assertThat(of.apply("limit.rejections").orElseThrow().labels()).containsKey("limit");
  }
}
