package io.fairlead.net.auth;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.auth.ScramStep.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one SCRAM-SHA-256 exchange.
 *
 * <pre>
 * AwaitFirst --client-first-->  AwaitFinal  (Challenge: nonce, salt, iterations)
 * AwaitFinal --client-final-->  Done        (Accepted: server signature, or Refused)
 * any        --bad message-->   Done        (Refused)
 * Done       --any message-->   Done        (Refused MALFORMED)
 * </pre>
 *
 * Not thread-safe: owned by its connection. Nothing is thrown for what a client sends; messages are
 * at most {@value #MESSAGE_BYTES_MAX} bytes.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5802#section-5">RFC 5802 §5, §7</a>
 */
public final class ScramServer {
  /** The authentication method's name in CONNECT and AUTH. */
  public static final String METHOD = "SCRAM-SHA-256";

  /** The same with channel binding. */
  public static final String METHOD_PLUS = "SCRAM-SHA-256-PLUS";

  private static final int MESSAGE_BYTES_MAX = 4096;
  private static final int NONCE_BYTES = 18;

  private final Function<String, Optional<ScramCredential>> credentials;
  private final byte[] nobodyKey;
  private final String serverNonce;
  private final Binding binding;
  private State state = new State.AwaitFirst();

  private sealed interface State {
    record AwaitFirst() implements State {}

    record AwaitFinal(
        String user,
        @Nullable ScramCredential credential,
        ScramCredential challenged,
        String gs2Header,
        String firstBare,
        String serverFirst,
        String nonce)
        implements State {}

    record Done() implements State {}
  }

  /** How the exchange is tied to its TLS connection. */
  private sealed interface Binding {
    /** No channel to bind to, so none was offered. */
    record NotOffered() implements Binding {}

    /** The client could have bound but chose the method that does not. */
    record Offered() implements Binding {}

    /** The client chose {@link #METHOD_PLUS}. */
    record Wanted(ChannelBinding channel) implements Binding {}
  }

  private ScramServer(
      Function<String, Optional<ScramCredential>> credentials,
      byte[] nobodyKey,
      String serverNonce,
      Binding binding) {
    this.credentials = credentials;
    this.nobodyKey = nobodyKey;
    this.serverNonce = serverNonce;
    this.binding = binding;
  }

  /**
   * An exchange of {@link #METHOD}.
   *
   * @param credentials answers at once; empty for an unknown user
   * @param nobodyKey 16 secret bytes or more, the same for the life of the broker
   * @param plusOffered whether this connection could have used {@link #METHOD_PLUS}
   */
  public static ScramServer plain(
      Function<String, Optional<ScramCredential>> credentials,
      byte[] nobodyKey,
      Randomness randomness,
      boolean plusOffered) {
    return new ScramServer(
        credentials,
        nobodyKey.clone(),
        nonce(randomness),
        plusOffered ? new Binding.Offered() : new Binding.NotOffered());
  }

  /** An exchange of {@link #METHOD_PLUS}; parameters as of {@link #plain}. */
  public static ScramServer plus(
      Function<String, Optional<ScramCredential>> credentials,
      byte[] nobodyKey,
      Randomness randomness,
      ChannelBinding channel) {
    return new ScramServer(
        credentials, nobodyKey.clone(), nonce(randomness), new Binding.Wanted(channel));
  }

  /** With a nonce of the caller's, for known answers. */
  static ScramServer withNonce(
      Function<String, Optional<ScramCredential>> credentials, String serverNonce) {
    return new ScramServer(credentials, new byte[16], serverNonce, new Binding.NotOffered());
  }

  private static String nonce(Randomness randomness) {
    return Base64.getEncoder().encodeToString(randomness.secureBytes(NONCE_BYTES));
  }

  /**
   * Takes the client's next message.
   *
   * @param data the authentication data of CONNECT or AUTH; borrowed
   */
  public ScramStep accept(byte[] data) {
    State before = state;
    state = new State.Done();
    String message = text(data);
    if (message == null) return new ScramStep.Refused(Reason.MALFORMED);
    return switch (before) {
      case State.AwaitFirst _ -> first(message);
      case State.AwaitFinal expected -> last(message, expected);
      case State.Done _ -> new ScramStep.Refused(Reason.MALFORMED);
    };
  }

  private ScramStep first(String message) {
    // gs2-header = ( "n" / "y" / "p=" type ) "," [ "a=" name ] ","
    int flagEnd = message.indexOf(',');
    int headerEnd = flagEnd < 0 ? -1 : message.indexOf(',', flagEnd + 1);
    if (headerEnd < 0) return new ScramStep.Refused(Reason.MALFORMED);
    Reason refusal = checkFlag(message.substring(0, flagEnd));
    if (refusal != null) return new ScramStep.Refused(refusal);
    String authzid = message.substring(flagEnd + 1, headerEnd);
    String bare = message.substring(headerEnd + 1);
    if (bare.startsWith("m=")) return new ScramStep.Refused(Reason.UNKNOWN_EXTENSION);
    String[] parts = bare.split(",", -1);
    if (parts.length < 2 || !parts[0].startsWith("n=") || !parts[1].startsWith("r="))
      return new ScramStep.Refused(Reason.MALFORMED);
    String user = name(parts[0].substring(2));
    String clientNonce = parts[1].substring(2);
    if (user == null || !isNonce(clientNonce) || !areExtensions(parts, 2, parts.length))
      return new ScramStep.Refused(Reason.MALFORMED);
    if (!authzid.isEmpty()) {
      String other = authzid.startsWith("a=") ? name(authzid.substring(2)) : null;
      if (other == null) return new ScramStep.Refused(Reason.MALFORMED);
      if (!other.equals(user)) return new ScramStep.Refused(Reason.OTHER_IDENTITY);
    }
    ScramCredential known = credentials.apply(user).orElse(null);
    ScramCredential challenged = known == null ? ScramCredential.ofNobody(nobodyKey, user) : known;
    String nonce = clientNonce + serverNonce;
    String serverFirst =
        "r=" + nonce + ",s=" + challenged.saltText() + ",i=" + challenged.iterations();
    state =
        new State.AwaitFinal(
            user, known, challenged, message.substring(0, headerEnd + 1), bare, serverFirst, nonce);
    return new ScramStep.Challenge(bytes(serverFirst));
  }

  private @Nullable Reason checkFlag(String flag) {
    return switch (binding) {
      case Binding.NotOffered _ ->
          switch (flag) {
            case "n", "y" -> null;
            default -> flag.startsWith("p=") ? Reason.CHANNEL_BINDING : Reason.MALFORMED;
          };
      case Binding.Offered _ ->
          switch (flag) {
            case "n" -> null;
            case "y" -> Reason.DOWNGRADE;
            default -> flag.startsWith("p=") ? Reason.CHANNEL_BINDING : Reason.MALFORMED;
          };
      case Binding.Wanted wanted -> {
        if (flag.equals("p=" + wanted.channel.type())) yield null;
        boolean form = flag.equals("n") || flag.equals("y") || flag.startsWith("p=");
        yield form ? Reason.CHANNEL_BINDING : Reason.MALFORMED;
      }
    };
  }

  private ScramStep last(String message, State.AwaitFinal expected) {
    int proofAt = message.lastIndexOf(",p=");
    if (proofAt < 0) return new ScramStep.Refused(Reason.MALFORMED);
    String withoutProof = message.substring(0, proofAt);
    byte[] proof = base64(message.substring(proofAt + 3));
    String[] parts = withoutProof.split(",", -1);
    if (proof == null
        || parts.length < 2
        || !parts[0].startsWith("c=")
        || !parts[1].startsWith("r=")
        || !areExtensions(parts, 2, parts.length)) return new ScramStep.Refused(Reason.MALFORMED);
    byte[] bound = base64(parts[0].substring(2));
    if (bound == null) return new ScramStep.Refused(Reason.MALFORMED);
    if (!MessageDigest.isEqual(bound, boundData(expected.gs2Header)))
      return new ScramStep.Refused(Reason.CHANNEL_BINDING);
    if (!MessageDigest.isEqual(bytes(parts[1].substring(2)), bytes(expected.nonce)))
      return new ScramStep.Refused(Reason.NONCE);
    byte[] authMessage =
        bytes(expected.firstBare + "," + expected.serverFirst + "," + withoutProof);
    // Nobody's proof is computed like everybody's, so that the time does not tell.
    boolean proven = isProof(proof, expected.challenged, authMessage);
    ScramCredential credential = expected.credential;
    if (!proven || credential == null) return new ScramStep.Refused(Reason.NOT_PROVEN);
    byte[] signature = Hmac.sha256(credential.serverKey(), authMessage);
    return new ScramStep.Accepted(
        expected.user, bytes("v=" + Base64.getEncoder().encodeToString(signature)));
  }

  private byte[] boundData(String gs2Header) {
    byte[] header = bytes(gs2Header);
    if (!(binding instanceof Binding.Wanted(var channel))) return header;
    byte[] data = channel.data();
    byte[] all = Arrays.copyOf(header, header.length + data.length);
    System.arraycopy(data, 0, all, header.length, data.length);
    return all;
  }

  private static boolean isProof(byte[] proof, ScramCredential credential, byte[] authMessage) {
    byte[] clientSignature = Hmac.sha256(credential.storedKey(), authMessage);
    if (proof.length != clientSignature.length) return false;
    byte[] clientKey = new byte[proof.length];
    for (int i = 0; i < proof.length; i++) clientKey[i] = (byte) (proof[i] ^ clientSignature[i]);
    return MessageDigest.isEqual(Hmac.digest(clientKey), credential.storedKey());
  }

  /** A saslname: {@code =2C} and {@code =3D} stand for comma and equals sign. */
  private static @Nullable String name(String escaped) {
    StringBuilder name = new StringBuilder(escaped.length());
    for (int at = 0; at < escaped.length(); at++) {
      char c = escaped.charAt(at);
      if (c != '=') {
        name.append(c);
        continue;
      }
      if (escaped.startsWith("=2C", at)) name.append(',');
      else if (escaped.startsWith("=3D", at)) name.append('=');
      else return null;
      at += 2;
    }
    return name.isEmpty() ? null : name.toString();
  }

  private static boolean isNonce(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= 0x21 && c <= 0x7E && c != ',');
  }

  /**
   * Each {@code letter=value}; we know none and may ignore them (RFC 5802 §5.1), save {@code m}.
   */
  private static boolean areExtensions(String[] parts, int from, int to) {
    for (int i = from; i < to; i++) {
      String part = parts[i];
      if (part.length() < 3 || part.charAt(1) != '=') return false;
      char letter = part.charAt(0);
      if (!(letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z')) return false;
      if (letter == 'm' || letter == 'p') return false;
    }
    return true;
  }

  private static byte @Nullable [] base64(String text) {
    try {
      byte[] decoded = Base64.getDecoder().decode(text);
      // One text for one value: the decoder alone would take missing padding.
      return Base64.getEncoder().encodeToString(decoded).equals(text) ? decoded : null;
    } catch (IllegalArgumentException bad) {
      return null;
    }
  }

  private static @Nullable String text(byte[] data) {
    if (data.length > MESSAGE_BYTES_MAX) return null;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
      return text.indexOf('\0') < 0 ? text : null;
    } catch (CharacterCodingException bad) {
      return null;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
