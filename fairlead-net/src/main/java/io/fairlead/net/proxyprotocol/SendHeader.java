package io.fairlead.net.proxyprotocol;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How servers are told who the client is: a PROXY protocol header before the first byte, and before
 * each datagram.
 *
 * @param fields of version 2, besides the checksum
 * @param custom text by its type, 0xE0 to 0xEF
 */
public record SendHeader(Version version, List<Told> fields, Map<Integer, String> custom) {
  /** Which form. */
  public enum Version {
    V1,
    V2
  }

  /** What version 2 may tell. */
  public enum Told {
    /** What the client offered or agreed on in TLS; the first of several. */
    ALPN,
    /** The name the client asked for in TLS. */
    AUTHORITY,
    /** That TLS ended at the listener, and which. */
    SSL,
    /** An id of the connection. */
    UNIQUE_ID
  }

  private static final int CUSTOM_MIN = 0xe0; // PP2_TYPE_MIN_CUSTOM
  private static final int CUSTOM_MAX = 0xef;
  private static final int CUSTOM_BYTES = 1024;
  private static final int CUSTOM_BYTES_ALL = 3072; // of 4096 a reader takes; leaves room for ours

  private static final RecordType<SendHeader> RECORD =
      RecordType.define(
          "SendProxyProtocol",
          "how servers are told who the client is",
          f -> {
            var version =
                f.key("version", Types.choice(Version.class), "v1 is text, v2 binary.").required();
            var fields =
                f.key(
                        "fields",
                        Types.listOf(Types.choice(Told.class)),
                        "Of version 2: what else is told, where it is known.")
                    .orElse(List.of());
            var custom =
                f.key(
                        "custom",
                        Types.freeMapOf(Types.string().atMost(CUSTOM_BYTES)),
                        "Of version 2: texts by their type, `0xe0` to `0xef`.")
                    .example("{ \"0xe0\": edge-1 }")
                    .orElse(Map.of());
            f.check(
                (v, checks) -> {
                  for (String type : v.get(custom).keySet()) {
                    if (type(type).isPresent()) continue;
                    checks.error(
                        custom,
                        Codes.BAD_TEXT,
                        "`" + type + "` is no type for own use",
                        "write 0xe0 to 0xef");
                  }
                  if (bytes(v.get(custom).values()) > CUSTOM_BYTES_ALL) {
                    checks.error(
                        custom,
                        Codes.OUT_OF_RANGE,
                        "the texts take more than " + CUSTOM_BYTES_ALL + " bytes together",
                        "shorten them");
                  }
                  boolean more = !v.get(fields).isEmpty() || !v.get(custom).isEmpty();
                  if (v.get(version) == Version.V1 && more) {
                    checks.error(
                        version, Codes.UNFIT, "version 1 has no fields", "write `version: v2`");
                  }
                });
            return v -> {
              Map<Integer, String> texts = new TreeMap<>();
              v.get(custom)
                  .forEach((type, text) -> type(type).ifPresent(number -> texts.put(number, text)));
              return new SendHeader(v.get(version), v.get(fields), texts);
            };
          });

  /** A version, or the whole record. */
  public static final ConfigType<SendHeader> TYPE =
      Types.firstScalar(
          Types.choice(Version.class)
              .mapped(
                  Codes.UNFIT,
                  version -> new SendHeader(version, List.of(), Map.of()),
                  SendHeader::version),
          RECORD);

  public SendHeader {
    fields = List.copyOf(fields);
    custom = Map.copyOf(custom);
  }

  private static int bytes(Collection<String> texts) {
    return texts.stream().mapToInt(text -> 3 + text.getBytes(StandardCharsets.UTF_8).length).sum();
  }

  private static Optional<Integer> type(String text) {
    if (!text.matches("0[xX][eE][0-9a-fA-F]")) return Optional.empty();
    int number = Integer.parseInt(text.substring(2), 16);
    return number < CUSTOM_MIN || number > CUSTOM_MAX ? Optional.empty() : Optional.of(number);
  }

  /** Whether that is told. */
  public boolean tells(Told what) {
    return fields.contains(what);
  }
}
