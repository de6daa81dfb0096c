package io.fairlead.mqtt.acl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Principal;
import io.fairlead.core.config.ConfigException;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.testkit.CostsAtMost;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AclRightsTest {
  private static final String LIST =
      """
      # anonymous clients
      topic read public/#

      user ann
      topic readwrite house/#
      topic deny house/safe/#
      topic write log/ann
      topic read with spaces/+

      group ops
      topic read $SYS/#
      client meter-7
      topic write meters/seven
      ip 192.0.2.0/24
      topic read lab/#

      pattern readwrite home/%u/#
      pattern write seen/%c
      pattern read team/%g/#
      pattern read tenant/%{tenant}/#
      rule deny publish retain qos<=2 home/+/retained
      rule allow all user=root #
      rule deny subscribe group=blind #
      """;

  @ParameterizedTest
  @CsvSource({
    "house/light, true, true",
    "house/safe/door, false, false",
    "log/ann, true, false",
    "public/a, false, false",
    "with spaces/x, false, true",
    "home/ann/x, true, true",
    "home/bob/x, false, false",
    "seen/c1, true, false",
    "team/red/x, false, true",
    "team/blue/x, false, true",
    "team/green/x, false, false",
    "tenant/t9/x, false, true",
    "elsewhere, false, false",
  })
  void decidesForAnAccount(String topic, boolean writes, boolean reads) throws Exception {
    MqttRights ann = rights(client("c1", "ann", Set.of("red", "blue"), Map.of("tenant", "t9")));
    assertThat(ann.mayPublish(topic.getBytes(UTF_8), 1, false)).isEqualTo(writes);
    assertThat(ann.mayReceive(topic.getBytes(UTF_8))).isEqualTo(reads);
    assertThat(ann.maySubscribe(filter(topic), 1)).isEqualTo(reads);
    // and once more, from memory
    assertThat(ann.mayPublish(topic.getBytes(UTF_8), 1, false)).isEqualTo(writes);
    assertThat(ann.mayReceive(topic.getBytes(UTF_8))).isEqualTo(reads);
  }

  @Test
  void linesBeforeTheFirstSectionAreForAnonymousClientsOnly() throws Exception {
    MqttRights nobody = rights(anonymous("c1"));
    assertThat(nobody.mayReceive(bytes("public/a"))).isTrue();
    assertThat(nobody.mayReceive(bytes("house/a"))).isFalse();
    assertThat(nobody.mayPublish(bytes("seen/c1"), 0, false)).isTrue();
    assertThat(nobody.mayPublish(bytes("home/anonymous/x"), 0, false)).isFalse();
    assertThat(rights(client("c1", "bob")).mayReceive(bytes("public/a"))).isFalse();
  }

  @Test
  void sectionsMayBeOfAGroupAClientIdOrANetwork() throws Exception {
    assertThat(
            rights(client("x", "bob", Set.of("ops"), Map.of()))
                .mayReceive(bytes("$SYS/broker/uptime")))
        .isTrue();
    assertThat(rights(client("x", "bob")).mayReceive(bytes("$SYS/broker/uptime"))).isFalse();
    assertThat(rights(client("meter-7", "bob")).mayPublish(bytes("meters/seven"), 0, false))
        .isTrue();
    assertThat(rights(client("meter-8", "bob")).mayPublish(bytes("meters/seven"), 0, false))
        .isFalse();
    assertThat(rights(client("x", "bob")).mayReceive(bytes("lab/1"))).isTrue();
  }

  @Test
  void adminsReadWhatTheBrokerSays() throws Exception {
    MqttRights admin = rights(client("x", "boss", Set.of("admin"), Map.of()));
    assertThat(admin.maySubscribe(filter("$SYS/#"), 0)).isTrue();
    assertThat(admin.maySubscribe(filter("$fairlead/events/#"), 0)).isTrue();
    assertThat(admin.mayPublish(bytes("$SYS/x"), 0, false)).isFalse();
  }

  @Test
  void theFirstRuleThatFitsDecides() throws Exception {
    MqttRights ann = rights(client("x", "ann"));
    assertThat(ann.mayPublish(bytes("home/ann/retained"), 0, false)).isTrue();
    assertThat(ann.mayPublish(bytes("home/ann/retained"), 0, true)).isFalse();
    MqttRights root = rights(client("x", "root"));
    assertThat(root.mayPublish(bytes("any/thing"), 2, true)).isTrue();
    assertThat(root.maySubscribe(filter("#"), 2)).isTrue();
    assertThat(root.mayPublish(bytes("home/x/retained"), 0, true)).isFalse();
    MqttRights blind = rights(client("x", "ann", Set.of("blind"), Map.of()));
    assertThat(blind.maySubscribe(filter("house/light"), 0)).isFalse();
    assertThat(blind.mayReceive(bytes("house/light"))).isFalse();
    assertThat(blind.mayPublish(bytes("house/light"), 0, false)).isTrue();
  }

  @Test
  void aRuleMayBeAboutLowQosOnly() throws Exception {
    MqttRights ann = rights("rule allow all qos<=1 a/#\n", client("x", "ann"), false);
    assertThat(ann.mayPublish(bytes("a/b"), 1, false)).isTrue();
    assertThat(ann.mayPublish(bytes("a/b"), 2, false)).isFalse();
    assertThat(ann.maySubscribe(filter("a/b"), 1)).isTrue();
    assertThat(ann.maySubscribe(filter("a/b"), 2)).isFalse();
    assertThat(ann.mayReceive(bytes("a/b"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "#, ann",
    "+, ann",
    "a/b, ann",
    "c, +",
    "c, #",
    "c, 'x/#'",
    "c, '../ann'",
  })
  @CostsAtMost(processorMillis = 2_000, heapMebi = 16)
  void whatAClientCallsItselfIsNeverMoreThanOneLevel(String clientId, String user)
      throws Exception {
    String list = "pattern readwrite home/%u/%c\npattern readwrite pre-%c/#\n";
    MqttRights sly = rights(list, client(clientId, user), false);
    for (String topic : new String[] {"home/ann/c", "home/bob/x", "pre-a/b", "home/x/y/c"}) {
      boolean own = topic.equals("home/" + user + "/" + clientId);
      assertThat(sly.mayReceive(bytes(topic))).as(topic).isEqualTo(own);
    }
    assertThat(sly.maySubscribe(filter("home/#"), 0)).isFalse();
    assertThat(sly.maySubscribe(filter("#"), 0)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"$SYS, $SYS", "$fairlead, $fairlead", "$SYS, ann", "c, $fairlead"})
  void whoCallsItselfAsTheBrokersOwnTopicsAreCalledIsNotGivenThem(String clientId, String user)
      throws Exception {
    String list = "pattern readwrite %u/#\npattern readwrite %c/#\npattern read of/%c\n";
    MqttRights sly = rights(list, client(clientId, user), false);
    for (String own : new String[] {"$SYS/broker/uptime", "$fairlead/events/mqtt"}) {
      assertThat(sly.mayReceive(bytes(own))).as(own).isFalse();
      assertThat(sly.mayPublish(bytes(own), 0, false)).as(own).isFalse();
      assertThat(sly.maySubscribe(filter(own), 0)).as(own).isFalse();
    }
    assertThat(sly.mayReceive(bytes("of/" + clientId))).isTrue(); // further down it is a word
  }

  @Test
  @CostsAtMost(processorMillis = 2_000, heapMebi = 16)
  void aSubscriptionToMoreThanMayBeReadIsRefusedOrFiltered() throws Exception {
    String list = "user ann\ntopic read a/+\ntopic deny a/secret\ntopic read b/#\n";
    MqttRights strict = rights(list, client("x", "ann"), false);
    assertThat(strict.maySubscribe(filter("#"), 0)).isFalse();
    assertThat(strict.maySubscribe(filter("a/+"), 0)).isFalse(); // meets what is denied
    assertThat(strict.maySubscribe(filter("a/x"), 0)).isTrue();
    assertThat(strict.maySubscribe(filter("b/#"), 0)).isTrue();
    assertThat(strict.maySubscribe(filter("$share/g/b/#"), 0)).isTrue();
    assertThat(strict.maySubscribe(filter("$share/g/#"), 0)).isFalse();
    MqttRights filtering = rights(list, client("x", "ann"), true);
    assertThat(filtering.maySubscribe(filter("#"), 0)).isTrue();
    assertThat(filtering.maySubscribe(filter("a/+"), 0)).isTrue();
    assertThat(filtering.maySubscribe(filter("a/secret"), 0)).isFalse();
    assertThat(filtering.maySubscribe(filter("c/#"), 0)).isFalse();
    assertThat(filtering.mayReceive(bytes("a/secret"))).isFalse();
    assertThat(filtering.mayReceive(bytes("a/x"))).isTrue();
  }

  @Test
  void manyTopicsAreDecidedRightWhateverIsRemembered() throws Exception {
    StringBuilder list = new StringBuilder("user ann\n");
    for (int i = 0; i < 50; i++) list.append("topic write w/").append(i).append('\n');
    MqttRights ann = rights(list.toString(), client("x", "ann"), false);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 1000; i++) {
        assertThat(ann.mayPublish(bytes("w/" + i), i % 3, i % 2 == 0)).isEqualTo(i < 50);
        assertThat(ann.mayReceive(bytes("w/" + i))).isFalse();
      }
    }
  }

  private static MqttRights rights(MqttClient client) throws ConfigException {
    return rights(LIST, client, false);
  }

  private static MqttRights rights(String list, MqttClient client, boolean filterLater)
      throws ConfigException {
    return new AclAuthorizer(AclFile.parse(list, "test.acl", ""), false, filterLater)
        .rights(client);
  }

  private static MqttClient anonymous(String id) {
    return new MqttClient(id, Principal.ANONYMOUS, Set.of(), new InetSocketAddress("::1", 1));
  }

  private static MqttClient client(String id, String user) {
    return client(id, user, Set.of(), Map.of());
  }

  private static MqttClient client(
      String id, String user, Set<String> groups, Map<String, String> attributes) {
    return new MqttClient(
        id,
        Principal.of(user),
        groups,
        attributes,
        "file",
        new InetSocketAddress("192.0.2.7", 4711),
        false);
  }

  private static TopicFilter filter(String text) throws Exception {
    return TopicFilter.of(text, TopicLimits.DEFAULT);
  }

  private static byte[] bytes(String topic) {
    return topic.getBytes(UTF_8);
  }
}
