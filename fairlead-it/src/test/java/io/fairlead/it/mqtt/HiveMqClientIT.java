package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The HiveMQ client against the broker: versions 3.1.1 and 5, over TCP and WebSocket. */
class HiveMqClientIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final EmbeddedBroker broker =
      EmbeddedBroker.start(
          "limits: { publish_rate: off, publish_bytes: off }\n", builder -> builder);
  private final List<Runnable> closing = new ArrayList<>();

  @AfterEach
  void stop() {
    closing.reversed().forEach(Runnable::run);
    broker.close();
  }

  @ParameterizedTest
  @CsvSource({
    "TCP, AT_MOST_ONCE",
    "TCP, AT_LEAST_ONCE",
    "TCP, EXACTLY_ONCE",
    "WEBSOCKET, AT_MOST_ONCE",
    "WEBSOCKET, AT_LEAST_ONCE",
    "WEBSOCKET, EXACTLY_ONCE"
  })
  void version3CarriesAThousandMessagesInOrder(Transport transport, MqttQos qos) throws Exception {
    Mqtt3AsyncClient subscriber = client3(transport, "s");
    Mqtt3AsyncClient publisher = client3(transport, "p");
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    get(subscriber.connect());
    get(publisher.connect());
    get(
        subscriber
            .subscribeWith()
            .topicFilter("a/+/c")
            .qos(qos)
            .callback(message -> received.add(text(message.getPayloadAsBytes())))
            .send());
    List<CompletableFuture<Mqtt3Publish>> sent = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      sent.add(
          publisher
              .publishWith()
              .topic("a/b/c")
              .qos(qos)
              .payload(("n" + i).getBytes(UTF_8))
              .send());
    }
    for (CompletableFuture<Mqtt3Publish> each : sent) get(each);

    for (int i = 0; i < 1000; i++) assertThat(next(received)).isEqualTo("n" + i);
    assertThat(received).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void version3FindsItsSessionAndWhatItMissed(Transport transport) throws Exception {
    Mqtt3AsyncClient away = client3(transport, "away");
    get(away.connectWith().cleanSession(false).send());
    get(away.subscribeWith().topicFilter("missed/#").qos(MqttQos.EXACTLY_ONCE).send());
    get(away.disconnect());
    Mqtt3AsyncClient publisher = client3(transport, "p");
    get(publisher.connect());
    for (MqttQos qos : MqttQos.values()) {
      get(
          publisher
              .publishWith()
              .topic("missed/" + qos.getCode())
              .qos(qos)
              .retain(true)
              .payload("x".repeat(70_000).getBytes(UTF_8))
              .send());
    }
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    away.publishes(
        MqttGlobalPublishFilter.ALL,
        message -> received.add(message.getTopic() + " " + message.getPayloadAsBytes().length));

    assertThat(get(away.connectWith().cleanSession(false).send()).isSessionPresent()).isTrue();
    assertThat(List.of(next(received), next(received)))
        .containsExactly("missed/1 70000", "missed/2 70000");
  }

  @ParameterizedTest
  @EnumSource
  void version3PublishesItsWillWhenItDies(Transport transport) throws Exception {
    BlockingQueue<String> wills = new LinkedBlockingQueue<>();
    Mqtt3AsyncClient watcher = client3(transport, "w");
    get(watcher.connect());
    get(
        watcher
            .subscribeWith()
            .topicFilter("will")
            .callback(message -> wills.add(text(message.getPayloadAsBytes())))
            .send());
    Mqtt3AsyncClient dying = client3(transport, "dying");
    get(
        dying
            .connectWith()
            .willPublish()
            .topic("will")
            .payload("gone".getBytes(UTF_8))
            .applyWillPublish()
            .send());
    // Whoever comes under the same name ends it.
    get(client3(transport, "dying").connect());

    assertThat(next(wills)).isEqualTo("gone");
  }

  @ParameterizedTest
  @EnumSource
  void version5CarriesEveryPropertyOfAMessage(Transport transport) throws Exception {
    Mqtt5AsyncClient subscriber = client5(transport, "s");
    Mqtt5AsyncClient publisher = client5(transport, "p");
    get(subscriber.connect());
    get(publisher.connect());
    BlockingQueue<Mqtt5Publish> received = new LinkedBlockingQueue<>();
    get(
        subscriber
            .subscribeWith()
            .topicFilter("a/#")
            .qos(MqttQos.EXACTLY_ONCE)
            .retainAsPublished(true)
            .retainHandling(Mqtt5RetainHandling.DO_NOT_SEND)
            .callback(received::add)
            .send());
    Mqtt5Publish message =
        Mqtt5Publish.builder()
            .topic("a/b")
            .qos(MqttQos.EXACTLY_ONCE)
            .retain(true)
            .payload("hello".getBytes(UTF_8))
            .messageExpiryInterval(600)
            .contentType("text/plain")
            .responseTopic("answers/p")
            .correlationData(new byte[] {1, 2, 3})
            .userProperties()
            .add("first", "1")
            .add("first", "2")
            .applyUserProperties()
            .build();
    get(publisher.publish(message));

    Mqtt5Publish came = next(received);
    assertThat(came.isRetain()).isTrue();
    assertThat(came.getQos()).isEqualTo(MqttQos.EXACTLY_ONCE);
    assertThat(came.getContentType()).isEqualTo(message.getContentType());
    assertThat(came.getResponseTopic()).isEqualTo(message.getResponseTopic());
    assertThat(came.getCorrelationData()).isEqualTo(message.getCorrelationData());
    assertThat(came.getUserProperties()).isEqualTo(message.getUserProperties());
    assertThat(came.getMessageExpiryInterval().orElse(0)).isBetween(500L, 600L);
  }

  @ParameterizedTest
  @EnumSource
  void version5SharesOneSubscriptionAmongTwo(Transport transport) throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    for (String id : List.of("one", "two")) {
      Mqtt5AsyncClient member = client5(transport, id);
      get(member.connect());
      get(
          member
              .subscribeWith()
              .topicFilter("$share/group/jobs")
              .qos(MqttQos.AT_LEAST_ONCE)
              .callback(message -> received.add(id + " " + text(message.getPayloadAsBytes())))
              .send());
    }
    Mqtt5AsyncClient publisher = client5(transport, "p");
    get(publisher.connect());
    for (int i = 0; i < 10; i++) {
      get(
          publisher
              .publishWith()
              .topic("jobs")
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload(("j" + i).getBytes(UTF_8))
              .send());
    }

    List<String> jobs = new ArrayList<>();
    for (int i = 0; i < 10; i++) jobs.add(next(received));
    assertThat(jobs).filteredOn(job -> job.startsWith("one ")).hasSize(5);
    assertThat(jobs.stream().map(job -> job.substring(4)).toList())
        .containsExactlyInAnyOrder("j0", "j1", "j2", "j3", "j4", "j5", "j6", "j7", "j8", "j9");
  }

  @ParameterizedTest
  @EnumSource
  void version5KeepsToAReceiveMaximumOfOneAndToAliases(Transport transport) throws Exception {
    Mqtt5AsyncClient subscriber = client5(transport, "s");
    Mqtt5ConnAck answer =
        get(
            subscriber
                .connectWith()
                .sessionExpiryInterval(600)
                .restrictions()
                .receiveMaximum(1)
                .topicAliasMaximum(4)
                .applyRestrictions()
                .send());
    assertThat(answer.getRestrictions().getTopicAliasMaximum()).isEqualTo(32);
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    get(
        subscriber
            .subscribeWith()
            .topicFilter("many/#")
            .qos(MqttQos.AT_LEAST_ONCE)
            .callback(m -> received.add(m.getTopic() + " " + text(m.getPayloadAsBytes())))
            .send());
    Mqtt5AsyncClient publisher = client5(transport, "p");
    get(publisher.connectWith().restrictions().sendTopicAliasMaximum(8).applyRestrictions().send());
    List<CompletableFuture<Mqtt5PublishResult>> sent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sent.add(
          publisher
              .publishWith()
              .topic("many/" + i % 10)
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload(("m" + i).getBytes(UTF_8))
              .send());
    }
    for (CompletableFuture<Mqtt5PublishResult> each : sent) get(each);

    for (int i = 0; i < 200; i++) assertThat(next(received)).isEqualTo("many/" + i % 10 + " m" + i);
  }

  @ParameterizedTest
  @EnumSource
  void version5IsToldWhyInReasonCodes(Transport transport) throws Exception {
    Mqtt5AsyncClient client = client5(transport, "c");
    get(client.connect());
    Mqtt5PublishResult.Mqtt5Qos1Result nobody =
        (Mqtt5PublishResult.Mqtt5Qos1Result)
            get(client.publishWith().topic("nobody").qos(MqttQos.AT_LEAST_ONCE).send());
    assertThat(nobody.getPubAck().getReasonCode())
        .isEqualTo(Mqtt5PubAckReasonCode.NO_MATCHING_SUBSCRIBERS);
    String tooWide = "+/".repeat(20) + "x";
    CompletableFuture<?> refused = client.subscribeWith().topicFilter(tooWide).send();
    await().atMost(LIMIT).until(refused::isDone);
    assertThat(refused).isCompletedExceptionally();
    assertThat(refused.exceptionNow()).isInstanceOf(Mqtt5SubAckException.class);
    assertThat(client.getState().isConnected()).isTrue();
  }

  private Mqtt3AsyncClient client3(Transport transport, String id) {
    Mqtt3AsyncClient client = builder(transport, id).useMqttVersion3().buildAsync();
    closing.add(() -> client.disconnect().exceptionally(_ -> null).join());
    return client;
  }

  private Mqtt5AsyncClient client5(Transport transport, String id) {
    Mqtt5AsyncClient client = builder(transport, id).useMqttVersion5().buildAsync();
    closing.add(() -> client.disconnect().exceptionally(_ -> null).join());
    return client;
  }

  private MqttClientBuilder builder(Transport transport, String id) {
    MqttClientBuilder builder =
        MqttClient.builder()
            .identifier(id)
            .serverHost("127.0.0.1")
            .serverPort(broker.port(transport));
    return transport == Transport.TCP
        ? builder
        : builder.webSocketConfig().serverPath("mqtt").applyWebSocketConfig();
  }

  private static <T> T get(CompletableFuture<T> answer) throws Exception {
    return answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static <T> T next(BlockingQueue<T> received) throws InterruptedException {
    T next = received.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
    assertThat(next).as("in time").isNotNull();
    return next;
  }

  private static String text(byte[] payload) {
    return new String(payload, UTF_8);
  }
}
