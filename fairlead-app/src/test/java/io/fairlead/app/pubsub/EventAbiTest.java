package io.fairlead.app.pubsub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.pubsub.Address;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventAbiTest {
  private static final String TRANSFER =
      "Transfer(address indexed from, address indexed to, uint256 value)";
  private static final Hash TRANSFER_TOPIC =
      new Hash("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

  private static String word(String hex) {
    return "0".repeat(64 - hex.length()) + hex;
  }

  private static Log log(String data, Hash... topics) {
    return new Log(
        new Address("0x" + "a".repeat(40)),
        List.of(topics),
        "0x" + data,
        1,
        new Hash("0x" + "b".repeat(64)),
        new Hash("0x" + "c".repeat(64)),
        0,
        0,
        false,
        JsonSlice.NULL);
  }

  @Test
  void readsArgumentsFromTopicsAndData() {
    EventAbi abi = EventAbi.of(List.of(TRANSFER));
    assertThat(abi.topics()).containsExactly(TRANSFER_TOPIC);
    Log log =
        log(
            word("ff"),
            TRANSFER_TOPIC,
            new Hash("0x" + word("11".repeat(20))),
            new Hash("0x" + word("22".repeat(20))));
    EventAbi.Decoded decoded = abi.decode(log).orElseThrow();
    assertThat(decoded.event()).isEqualTo("Transfer");
    assertThat(decoded.args())
        .containsExactly(
            Map.entry("from", "0x" + "11".repeat(20)),
            Map.entry("to", "0x" + "22".repeat(20)),
            Map.entry("value", "255"));
  }

  @Test
  void longIndexedValuesAreKnownByTheirHashAndOthersWhole() {
    EventAbi abi = EventAbi.of(List.of("E(string indexed, string text, int8[] list, bool)"));
    Hash hash = new Hash("0x" + "d".repeat(64));
    String data =
        word("60") // where the text is
            + word("a0") // where the list is
            + word("1")
            + word("2")
            + "6869"
            + "0".repeat(60)
            + word("2")
            + word("5")
            + "f".repeat(64);
    Log log = log(data, abi.topics().getFirst(), hash);
    Map<String, Object> args = new java.util.LinkedHashMap<>();
    args.put("0", hash.hex());
    args.put("text", "hi");
    args.put("list", List.of("5", "-1"));
    args.put("3", true);
    assertThat(abi.decode(log).orElseThrow().args()).isEqualTo(args);
  }

  @Test
  void whatDoesNotFitIsNotDecoded() {
    EventAbi abi = EventAbi.of(List.of(TRANSFER));
    Hash from = new Hash("0x" + word("11".repeat(20)));
    assertThat(abi.decode(log(""))).isEmpty();
    assertThat(abi.decode(log(word("1"), from))).isEmpty();
    assertThat(abi.decode(log(word("1"), TRANSFER_TOPIC, from))).as("a topic less").isEmpty();
    assertThat(abi.decode(log("", TRANSFER_TOPIC, from, from))).as("no data").isEmpty();
    assertThat(abi.decode(log("f", TRANSFER_TOPIC, from, from))).as("half a byte").isEmpty();
    Hash wide = new Hash("0x" + "1".repeat(64));
    assertThat(abi.decode(log(word("1"), TRANSFER_TOPIC, wide, from))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer",
        "(address)",
        "T(adress a)",
        "T(address",
        "T(uint8 indexed a, uint8 indexed b, uint8 indexed c, uint8 indexed d)"
      })
  void saysWhatIsNoEvent(String text) {
    List<String> signatures = new ArrayList<>(List.of(TRANSFER));
    signatures.add(text);
    assertThatThrownBy(() -> EventAbi.of(signatures)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void eventsAreTheFilterWhereItNamesNoTopics() {
    EventAbi abi = EventAbi.of(List.of(TRANSFER));
    LogFilter narrowed = abi.narrow(LogFilter.all());
    assertThat(narrowed.topics()).containsExactly(List.of(TRANSFER_TOPIC));
    LogFilter own = new LogFilter(List.of(), List.of(List.of()));
    assertThat(abi.narrow(own)).isEqualTo(own);
    assertThat(EventAbi.NONE.narrow(LogFilter.all())).isEqualTo(LogFilter.all());
  }
}
