package io.fairlead.proxy.stream;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import java.util.Optional;

/**
 * A stream that is bare on one side and in WebSocket frames on the other.
 *
 * @param path asked for, or the only one answered; without a question mark: whatever follows one
 * @param host asked for in place of the server's address
 * @param subprotocol asked for, or the only one agreed to
 */
public record Bridge(Kind kind, String path, Optional<String> host, Optional<String> subprotocol) {
  /** Which side is which. */
  public enum Kind {
    /** Clients speak TCP, servers WebSocket. */
    TCP2WS,
    /** Clients speak WebSocket, servers TCP. */
    WS2TCP
  }

  private static final RecordType<Bridge> RECORD =
      RecordType.define(
          "StreamBridge",
          "a stream that is in WebSocket frames on one side",
          f -> {
            var kind =
                f.key(
                        "type",
                        Types.choice(Kind.class),
                        "tcp2ws = clients speak TCP and servers WebSocket; ws2tcp = the other way.")
                    .required();
            var path =
                f.key(
                        "path",
                        Types.string().matching("/[!-~]{0,1023}", "a path"),
                        "tcp2ws: asked for. ws2tcp: the only one answered.")
                    .orElse("/");
            var host =
                f.key(
                        "host",
                        Types.string().matching("[!-~]{1,255}", "a host"),
                        "tcp2ws: `Host` in place of the server's address.")
                    .optional();
            var subprotocol =
                f.key(
                        "subprotocol",
                        Types.string().matching("[!#-'*+.0-9A-Z^-z|~-]{1,64}", "a token"),
                        "Asked for (tcp2ws), or needed and agreed to (ws2tcp).")
                    .example("mqtt")
                    .optional();
            return v -> new Bridge(v.get(kind), v.get(path), v.get(host), v.get(subprotocol));
          });

  /** A kind, or the whole record. */
  static final ConfigType<Bridge> TYPE =
      Types.firstScalar(
          Types.choice(Kind.class)
              .mapped(
                  Codes.UNFIT,
                  kind -> new Bridge(kind, "/", Optional.empty(), Optional.empty()),
                  Bridge::kind),
          RECORD);
}
