package io.fairlead.tunnel.codec;

import io.fairlead.tunnel.codec.ControlMessage.Ack;
import io.fairlead.tunnel.codec.ControlMessage.Auth;
import io.fairlead.tunnel.codec.ControlMessage.Drain;
import io.fairlead.tunnel.codec.ControlMessage.Exposed;
import io.fairlead.tunnel.codec.ControlMessage.Hello;
import io.fairlead.tunnel.codec.ControlMessage.Refusal;
import io.fairlead.tunnel.codec.ControlMessage.Register;
import io.fairlead.tunnel.codec.ControlMessage.Stats;
import io.fairlead.tunnel.codec.ControlMessage.Update;
import io.fairlead.tunnel.codec.ControlMessage.Withdraw;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@link ControlMessage}s as JSON objects, one a line. Stateless. */
public final class ControlCodec {
  /** Bytes of one line, its end included; more ends the carrier. */
  public static final int LINE_MAX = 64 * 1024;

  private ControlCodec() {}

  /** One line without its end. */
  public static String write(ControlMessage message) {
    Map<String, Object> json = new LinkedHashMap<>();
    switch (message) {
      case Hello(int version, String gateway, Binary nonce, List<String> methods) -> {
        json.put("t", "hello");
        json.put("v", version);
        json.put("gateway", gateway);
        json.put("nonce", nonce.text());
        json.put("methods", methods);
      }
      case Auth auth -> {
        json.put("t", "auth");
        json.put("v", auth.version());
        json.put("agent", auth.agent());
        json.put("method", auth.method());
        auth.key().ifPresent(key -> json.put("key", key));
        json.put("proof", auth.proof().text());
        json.put("session", auth.session());
        json.put("program", auth.program());
      }
      case Register(long ref, List<Offer> services) -> {
        json.put("t", "register");
        json.put("ref", ref);
        json.put("services", services.stream().map(Offer::toJson).toList());
      }
      case Update(long ref, Offer service) -> {
        json.put("t", "update");
        json.put("ref", ref);
        json.put("services", List.of(service.toJson()));
      }
      case Withdraw(long ref, List<String> services) -> {
        json.put("t", "withdraw");
        json.put("ref", ref);
        json.put("services", services);
      }
      case Ack(long ref, List<Exposed> exposed) -> {
        json.put("t", "ack");
        json.put("ref", ref);
        json.put(
            "exposed",
            exposed.stream()
                .map(each -> Map.of("service", each.service(), "at", each.at()))
                .toList());
      }
      case Refusal(long ref, String code, String text, Optional<String> service) -> {
        json.put("t", "error");
        json.put("ref", ref);
        json.put("code", code);
        json.put("text", text);
        service.ifPresent(name -> json.put("service", name));
      }
      case Stats(long streams, long failed) -> {
        json.put("t", "stats");
        json.put("streams", streams);
        json.put("failed", failed);
      }
      case Drain() -> json.put("t", "drain");
    }
    return JsonLine.write(json);
  }

  /**
   * Reads one line without its end.
   *
   * @throws BadControlException malformed, or of a kind that does not exist
   */
  public static ControlMessage read(String line) throws BadControlException {
    JsonFields json = new JsonFields(JsonLine.read(line));
    try {
      return switch (json.text("t")) {
        case "hello" ->
            new Hello(
                Math.toIntExact(json.number("v", 0)),
                json.text("gateway"),
                Binary.parse(json.text("nonce")),
                json.texts("methods"));
        case "auth" ->
            new Auth(
                Math.toIntExact(json.number("v", 0)),
                json.text("agent"),
                json.text("method"),
                json.optional("key"),
                Binary.parse(json.optional("proof").orElse("")),
                json.optional("session").orElse(""),
                json.optional("program").orElse(""));
        case "register" -> new Register(json.number("ref", 0), offers(json));
        case "update" -> {
          List<Offer> offers = offers(json);
          if (offers.size() != 1) throw new BadControlException("update: one service is expected");
          yield new Update(json.number("ref", 0), offers.getFirst());
        }
        case "withdraw" -> new Withdraw(json.number("ref", 0), json.texts("services"));
        case "ack" -> {
          List<Exposed> exposed = new ArrayList<>();
          for (JsonFields each : json.objects("exposed")) {
            exposed.add(new Exposed(each.text("service"), each.texts("at")));
          }
          yield new Ack(json.number("ref", 0), exposed);
        }
        case "error" ->
            new Refusal(
                json.number("ref", 0),
                json.text("code"),
                json.optional("text").orElse(""),
                json.optional("service"));
        case "stats" -> new Stats(json.number("streams", 0), json.number("failed", 0));
        case "drain" -> new Drain();
        default -> throw new BadControlException("t: unknown");
      };
    } catch (IllegalArgumentException | ArithmeticException unfit) {
      throw new BadControlException(String.valueOf(unfit.getMessage()));
    }
  }

  private static List<Offer> offers(JsonFields json) throws BadControlException {
    List<Offer> offers = new ArrayList<>();
    for (JsonFields each : json.objects("services")) offers.add(Offer.of(each));
    return offers;
  }
}
