package io.fairlead.pubsub.codec;

import java.nio.charset.StandardCharsets;

/**
 * Finds in a JSON-RPC message what decides where it goes: the id, the subscription, and the ranges
 * of result and error. Builds nothing and copies nothing. Reused for message after message;
 * confined to one thread.
 *
 * @see <a href="https://www.jsonrpc.org/specification">JSON-RPC 2.0 §4, §5</a>
 */
public final class EnvelopeScanner {
  /** What a message is. */
  public enum Kind {
    /** It has an id that is a number, or a string that holds one. */
    RESPONSE,
    /** It has no id, and names a subscription in its params. */
    NOTIFICATION,
    /** An error that belongs to no request. */
    LONE_ERROR,
    /** JSON that is none of these. */
    OTHER,
    /** Not JSON, too deep, or an essential member twice. */
    REJECTED
  }

  private static final byte[] ID = ascii("id");
  private static final byte[] RESULT = ascii("result");
  private static final byte[] ERROR = ascii("error");
  private static final byte[] PARAMS = ascii("params");
  private static final byte[] SUBSCRIPTION = ascii("subscription");
  private static final byte[] NULL = ascii("null");
  private static final int ID_DIGITS_MAX = 18;

  /** Where one object has its result and its error. */
  private static final class Outcome {
    int resultFrom;
    int resultTo;
    boolean errorSeen;
    int errorFrom;
    int errorTo;

    void clear() {
      resultFrom = -1;
      errorSeen = false;
      errorFrom = -1;
    }
  }

  private final JsonBytes walk = new JsonBytes();
  private final Outcome outer = new Outcome();
  private final Outcome inner = new Outcome(); // in the params: a notification's own
  private long id;
  private boolean idNumber;
  private boolean idAbsent;
  private int paramsFrom;
  private int subscriptionFrom;
  private int subscriptionTo;
  private boolean innerBroken; // the params are not what they should be
  private int end;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Scans one message that fills the range, spaces aside. */
  public Kind scan(byte[] json, int from, int to) {
    Kind kind = scanElement(json, from, to);
    if (kind == Kind.REJECTED || JsonBytes.skipSpace(json, end, to) != to) return Kind.REJECTED;
    return kind;
  }

  /** Scans one message at the start of the range; {@link #end} tells where it ends. */
  public Kind scanElement(byte[] json, int from, int to) {
    clear();
    int at = JsonBytes.skipSpace(json, from, to);
    if (at >= to) return Kind.REJECTED;
    if (json[at] != '{') {
      end = walk.skipValue(json, at, to, 0);
      return end == JsonBytes.BAD ? Kind.REJECTED : Kind.OTHER;
    }
    at = members(json, at, to, true);
    if (at == JsonBytes.BAD) return Kind.REJECTED;
    end = at;
    if (idAbsent) {
      if (innerBroken) return Kind.REJECTED;
      if (subscriptionFrom >= 0) {
        notification();
        return Kind.NOTIFICATION;
      }
    }
    if (idNumber) return Kind.RESPONSE;
    return idAbsent && outer.errorFrom >= 0 ? Kind.LONE_ERROR : Kind.OTHER;
  }

  private void clear() {
    id = 0;
    idNumber = false;
    idAbsent = true;
    paramsFrom = -1;
    subscriptionFrom = -1;
    innerBroken = false;
    outer.clear();
    inner.clear();
  }

  /** What the params of a notification hold counts. */
  private void notification() {
    if (inner.resultFrom >= 0) {
      outer.resultFrom = inner.resultFrom;
      outer.resultTo = inner.resultTo;
    }
    if (inner.errorFrom >= 0) {
      outer.errorFrom = inner.errorFrom;
      outer.errorTo = inner.errorTo;
    }
  }

  /**
   * Goes over the members of the message, and of its params when it meets them: each byte once.
   *
   * @param message whether it is the message, or else its params
   */
  private int members(byte[] json, int from, int to, boolean message) {
    Outcome into = message ? outer : inner;
    boolean idSeen = false;
    int at = JsonBytes.skipSpace(json, from + 1, to);
    if (at < to && json[at] == '}') return at + 1;
    while (true) {
      if (at >= to || json[at] != '"') return JsonBytes.BAD;
      int nameFrom = at + 1;
      int nameTo = JsonBytes.closingQuote(json, nameFrom, to);
      if (nameTo == JsonBytes.BAD) return JsonBytes.BAD;
      at = JsonBytes.skipSpace(json, nameTo + 1, to);
      if (at >= to || json[at] != ':') return JsonBytes.BAD;
      int valueFrom = JsonBytes.skipSpace(json, at + 1, to);
      boolean params = message && JsonBytes.is(json, nameFrom, nameTo, PARAMS);
      if (params && paramsFrom >= 0) return JsonBytes.BAD;
      int valueTo =
          params
              ? params(json, valueFrom, to)
              : walk.skipValue(json, valueFrom, to, message ? 1 : 2);
      if (valueTo == JsonBytes.BAD) return JsonBytes.BAD;
      if (JsonBytes.is(json, nameFrom, nameTo, RESULT)) {
        if (into.resultFrom >= 0) return JsonBytes.BAD;
        into.resultFrom = valueFrom;
        into.resultTo = valueTo;
      } else if (JsonBytes.is(json, nameFrom, nameTo, ERROR)) {
        if (into.errorSeen) return JsonBytes.BAD;
        into.errorSeen = true;
        if (!JsonBytes.is(json, valueFrom, valueTo, NULL)) {
          into.errorFrom = valueFrom;
          into.errorTo = valueTo;
        }
      } else if (message && JsonBytes.is(json, nameFrom, nameTo, ID)) {
        if (idSeen) return JsonBytes.BAD;
        idSeen = true;
        id(json, valueFrom, valueTo);
      } else if (!message && JsonBytes.is(json, nameFrom, nameTo, SUBSCRIPTION)) {
        if (subscriptionFrom >= 0) return JsonBytes.BAD;
        subscriptionFrom = valueFrom;
        subscriptionTo = valueTo;
      }
      at = JsonBytes.skipSpace(json, valueTo, to);
      if (at >= to) return JsonBytes.BAD;
      if (json[at] == '}') return at + 1;
      if (json[at] != ',') return JsonBytes.BAD;
      at = JsonBytes.skipSpace(json, at + 1, to);
    }
  }

  private int params(byte[] json, int from, int to) {
    paramsFrom = from;
    if (from < to && json[from] == '{') {
      int end = members(json, from, to, false);
      if (end != JsonBytes.BAD) return end;
      // A member twice harms a notification only; what it is, is not known yet.
      innerBroken = true;
    }
    return walk.skipValue(json, from, to, 1);
  }

  private void id(byte[] json, int from, int to) {
    if (JsonBytes.is(json, from, to, NULL)) return;
    idAbsent = false;
    boolean quoted = json[from] == '"';
    int first = quoted ? from + 1 : from;
    int last = quoted ? to - 1 : to;
    if (last <= first || last - first > ID_DIGITS_MAX) return;
    long value = 0;
    for (int i = first; i < last; i++) {
      int digit = json[i] - '0';
      if (digit < 0 || digit > 9) return;
      value = value * 10 + digit;
    }
    id = value;
    idNumber = true;
  }

  /** The id of a response. */
  public long id() {
    return id;
  }

  /** Whether there is a result; of a notification, in its params. */
  public boolean hasResult() {
    return outer.resultFrom >= 0;
  }

  public int resultFrom() {
    return outer.resultFrom;
  }

  public int resultTo() {
    return outer.resultTo;
  }

  /** Whether there is an error other than null; of a notification, in its params. */
  public boolean hasError() {
    return outer.errorFrom >= 0;
  }

  public int errorFrom() {
    return outer.errorFrom;
  }

  public int errorTo() {
    return outer.errorTo;
  }

  /** The subscription of a notification, with its quotes. */
  public int subscriptionFrom() {
    return subscriptionFrom;
  }

  public int subscriptionTo() {
    return subscriptionTo;
  }

  /** Behind the last byte of what was scanned. */
  public int end() {
    return end;
  }

  /** First byte that is no space. */
  public static int start(byte[] json, int from, int to) {
    return JsonBytes.skipSpace(json, from, to);
  }
}
