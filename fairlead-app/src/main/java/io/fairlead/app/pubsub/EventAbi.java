package io.fairlead.app.pubsub;

import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.chain.PubSubConfig;
import io.fairlead.registry.evm.abi.AbiReader;
import io.fairlead.registry.evm.abi.AbiType;
import io.fairlead.registry.evm.abi.BadAbiException;
import io.fairlead.registry.evm.abi.Signature;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Events by their signatures, and the arguments of their logs: indexed ones stand in the topics,
 * the others in the data. An indexed value of a type longer than a word is known by its hash only.
 * Immutable.
 *
 * @see <a href="https://docs.soliditylang.org/en/latest/abi-spec.html#events">Contract ABI
 *     Specification, events</a>
 */
public final class EventAbi {
  /** No event. */
  public static final EventAbi NONE = new EventAbi(Map.of());

  /**
   * A decoded log.
   *
   * @param args by name, or by place where an argument has none: texts, booleans, numbers as
   *     decimal text, lists
   */
  public record Decoded(String event, Map<String, Object> args) {}

  private record Event(Signature signature, List<Boolean> indexed) {}

  private final Map<Hash, Event> events;

  private EventAbi(Map<Hash, Event> events) {
    this.events = events;
  }

  /**
   * Reads signatures such as {@code Transfer(address indexed from, address to, uint256 value)}.
   *
   * @throws IllegalArgumentException one is none, or says `indexed` more often than a log has room
   */
  public static EventAbi of(List<String> signatures) {
    if (signatures.isEmpty()) return NONE;
    Map<Hash, Event> events = new LinkedHashMap<>();
    for (String text : signatures) {
      try {
        Event event = event(text);
        events.put(new Hash(event.signature().topic()), event);
      } catch (BadAbiException bad) {
        throw new IllegalArgumentException(bad.getMessage(), bad);
      }
    }
    return new EventAbi(events);
  }

  private static Event event(String text) throws BadAbiException {
    Signature signature = Signature.parse(text);
    List<Boolean> indexed = new ArrayList<>();
    for (String argument : arguments(text)) {
      indexed.add(argument.matches("(?s).*\\bindexed\\b.*"));
    }
    if (indexed.stream().filter(each -> each).count() > 3) {
      throw new BadAbiException("`" + text + "`: more than three indexed arguments");
    }
    return new Event(signature, indexed);
  }

  /** The arguments of the outermost parentheses, in their order. */
  private static List<String> arguments(String text) {
    List<String> found = new ArrayList<>();
    String inside = text.substring(text.indexOf('(') + 1, text.lastIndexOf(')'));
    if (inside.isBlank()) return found;
    int depth = 0;
    int from = 0;
    for (int i = 0; i < inside.length(); i++) {
      char c = inside.charAt(i);
      if (c == '(') depth++;
      else if (c == ')') depth--;
      else if (c == ',' && depth == 0) {
        found.add(inside.substring(from, i));
        from = i + 1;
      }
    }
    found.add(inside.substring(from));
    return found;
  }

  /** First topics of the events. */
  public List<Hash> topics() {
    return List.copyOf(events.keySet());
  }

  /** The filter, of logs of these events where it names no topics itself. */
  public LogFilter narrow(LogFilter filter) {
    if (events.isEmpty() || !filter.topics().isEmpty()) return filter;
    return new LogFilter(filter.addresses(), List.of(topics()));
  }

  /** The arguments of a log; empty where it is none of these events, or not as they say. */
  public Optional<Decoded> decode(Log log) {
    if (log.topics().isEmpty()) return Optional.empty();
    Event event = events.get(log.topics().getFirst());
    if (event == null) return Optional.empty();
    try {
      return Optional.of(new Decoded(event.signature().name(), args(event, log)));
    } catch (BadAbiException | IllegalArgumentException misfit) {
      return Optional.empty(); // another contract may use the same topic for something else
    }
  }

  private static Map<String, Object> args(Event event, Log log) throws BadAbiException {
    List<AbiType.Member> members = event.signature().inputs().members();
    List<AbiType.Member> plain = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      if (!event.indexed().get(i)) plain.add(members.get(i));
    }
    if (log.topics().size() != members.size() - plain.size() + 1) {
      throw new BadAbiException("another number of topics");
    }
    byte[] data = HexFormat.of().parseHex(log.data().substring(2));
    List<Object> values =
        plain.isEmpty() ? List.of() : AbiReader.read(new AbiType.Tuple(plain), data);
    Map<String, Object> args = new LinkedHashMap<>();
    int topic = 1;
    int next = 0;
    for (int i = 0; i < members.size(); i++) {
      AbiType.Member member = members.get(i);
      String name = member.name().isEmpty() ? Integer.toString(i) : member.name();
      args.put(
          name,
          event.indexed().get(i)
              ? indexed(member.type(), log.topics().get(topic++))
              : plain(member.type(), values.get(next++)));
    }
    return args;
  }

  private static Object indexed(AbiType type, Hash topic) throws BadAbiException {
    return switch (type) {
      case AbiType.Octets _, AbiType.Array _, AbiType.FixedArray _, AbiType.Tuple _ -> topic.hex();
      case AbiType.Int _, AbiType.Bool _, AbiType.Address _, AbiType.FixedBytes _ ->
          plain(
              type,
              AbiReader.read(
                      new AbiType.Tuple(List.of(new AbiType.Member("", type))), topic.bytes())
                  .getFirst());
    };
  }

  private static Object plain(AbiType type, Object value) {
    return switch (type) {
      case AbiType.Int _ -> ((BigInteger) value).toString();
      case AbiType.Bool _ -> value;
      case AbiType.Address _, AbiType.FixedBytes _ -> hex((byte[]) value);
      case AbiType.Octets(boolean text) -> text ? text((byte[]) value) : hex((byte[]) value);
      case AbiType.Array(AbiType element) -> list(element, (List<?>) value);
      case AbiType.FixedArray(AbiType element, int _) -> list(element, (List<?>) value);
      case AbiType.Tuple(List<AbiType.Member> members) -> {
        List<Object> parts = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
          parts.add(plain(members.get(i).type(), ((List<?>) value).get(i)));
        }
        yield parts;
      }
    };
  }

  private static List<Object> list(AbiType element, List<?> values) {
    List<Object> parts = new ArrayList<>();
    for (Object each : values) parts.add(plain(element, each));
    return parts;
  }

  /** The text, or its bytes in hex where they are no UTF-8. */
  private static String text(byte[] value) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException _) {
      return hex(value);
    }
  }

  private static String hex(byte[] value) {
    return "0x" + HexFormat.of().formatHex(value);
  }

  /** Says which signatures of a configuration are none. */
  public static void check(PubSubConfig config, Checks checks) {
    config
        .chains()
        .forEach(
            (chain, settings) ->
                settings
                    .subscriptions()
                    .forEach(
                        (name, each) -> {
                          if (each.events().isEmpty()) return;
                          try {
                            var _ = of(each.events());
                          } catch (IllegalArgumentException bad) {
                            checks.errorAt(
                                "/pubsub/chains/" + chain + "/subscriptions/" + name + "/events",
                                Codes.BAD_TEXT,
                                String.valueOf(bad.getMessage()),
                                "e.g. Transfer(address indexed from, address indexed to, uint256"
                                    + " value)");
                          }
                        }));
  }
}
