package io.fairlead.libp2p.address;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The protocols a multiaddr may be made of.
 *
 * @see <a href="https://github.com/multiformats/multiaddr/blob/master/protocols.csv">protocols</a>
 */
public enum AddressProtocol {
  IP4("ip4", 4, 4, ValueForm.IP4),
  TCP("tcp", 6, 2, ValueForm.NUMBER),
  DCCP("dccp", 33, 2, ValueForm.NUMBER),
  IP6("ip6", 41, 16, ValueForm.IP6),
  IP6ZONE("ip6zone", 42, AddressProtocol.PREFIXED, ValueForm.TEXT),
  IPCIDR("ipcidr", 43, 1, ValueForm.NUMBER),
  DNS("dns", 53, AddressProtocol.PREFIXED, ValueForm.TEXT),
  DNS4("dns4", 54, AddressProtocol.PREFIXED, ValueForm.TEXT),
  DNS6("dns6", 55, AddressProtocol.PREFIXED, ValueForm.TEXT),
  DNSADDR("dnsaddr", 56, AddressProtocol.PREFIXED, ValueForm.TEXT),
  SCTP("sctp", 132, 2, ValueForm.NUMBER),
  UDP("udp", 273, 2, ValueForm.NUMBER),
  WEBRTC_DIRECT("webrtc-direct", 280, 0, ValueForm.NONE),
  WEBRTC("webrtc", 281, 0, ValueForm.NONE),
  P2P_CIRCUIT("p2p-circuit", 290, 0, ValueForm.NONE),
  UNIX("unix", 400, AddressProtocol.PREFIXED, ValueForm.PATH),
  P2P("p2p", 421, AddressProtocol.PREFIXED, ValueForm.PEER_ID),
  HTTPS("https", 443, 0, ValueForm.NONE),
  ONION3("onion3", 445, 37, ValueForm.ONION3),
  TLS("tls", 448, 0, ValueForm.NONE),
  SNI("sni", 449, AddressProtocol.PREFIXED, ValueForm.TEXT),
  NOISE("noise", 454, 0, ValueForm.NONE),
  QUIC("quic", 460, 0, ValueForm.NONE),
  QUIC_V1("quic-v1", 461, 0, ValueForm.NONE),
  WEBTRANSPORT("webtransport", 465, 0, ValueForm.NONE),
  CERTHASH("certhash", 466, AddressProtocol.PREFIXED, ValueForm.MULTIBASE),
  WS("ws", 477, 0, ValueForm.NONE),
  WSS("wss", 478, 0, ValueForm.NONE),
  HTTP("http", 480, 0, ValueForm.NONE),
  HTTP_PATH("http-path", 481, AddressProtocol.PREFIXED, ValueForm.ESCAPED),
  MEMORY("memory", 777, 8, ValueForm.NUMBER);

  /** Size of a value that stands behind its length. */
  private static final int PREFIXED = -1;

  private static final Map<String, AddressProtocol> BY_WORD =
      Arrays.stream(values()).collect(Collectors.toMap(AddressProtocol::word, Function.identity()));
  private static final Map<Long, AddressProtocol> BY_CODE =
      Arrays.stream(values())
          .collect(Collectors.toMap(protocol -> (long) protocol.code, Function.identity()));

  private final String word;
  private final int code;
  private final int valueBytes;
  private final ValueForm form;

  AddressProtocol(String word, int code, int valueBytes, ValueForm form) {
    this.word = word;
    this.code = code;
    this.valueBytes = valueBytes;
    this.form = form;
  }

  static Optional<AddressProtocol> ofWord(String word) {
    // An older name of the same thing, still written by some.
    return word.equals("ipfs") ? Optional.of(P2P) : Optional.ofNullable(BY_WORD.get(word));
  }

  static Optional<AddressProtocol> ofCode(long code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }

  /** The name in text. */
  public String word() {
    return word;
  }

  /** The number in bytes. */
  public int code() {
    return code;
  }

  boolean prefixed() {
    return valueBytes == PREFIXED;
  }

  /** Bytes of a value of fixed size. */
  int valueBytes() {
    return valueBytes;
  }

  ValueForm form() {
    return form;
  }
}
