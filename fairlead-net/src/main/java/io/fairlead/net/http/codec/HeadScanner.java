package io.fairlead.net.http.codec;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts one head into start line and fields: bytes are copied into an own array once, scanned once,
 * and every rule of RFC 9112 §2.2 and §5 is checked on the way. Strings are made only when asked
 * for.
 *
 * <p>Reusable after {@code reset} of the subclass. Confined to one event loop. Offsets and strings
 * refer to the own array and are valid until the next reset.
 *
 * <p>Every decision depends on positions only, never on how the input was split.
 */
public abstract sealed class HeadScanner permits RequestScanner, ResponseScanner {
  /** What {@link #feed} came to. */
  public enum Progress {
    /** All input was taken; more is needed. */
    MORE,
    /** The head is complete; input was taken up to its end and not further. */
    COMPLETE,
    /** See {@link #reject}. The scanner takes no more before a reset. */
    REJECTED
  }

  private static final int INITIAL_BYTES = 4096;
  private static final int INITIAL_FIELDS = 32;

  /** Numbers per field: name start, name end, value start, value end, line end before CRLF. */
  static final int STRIDE = 5;

  /** Names in {@code Connection}: more is not a real client. */
  private static final int NOMINATIONS_MAX = 32;

  private static final byte[] CLOSE = Octet.bytes("close");
  private static final byte[] KEEP_ALIVE = Octet.bytes("keep-alive");
  private static final byte[] UPGRADE = Octet.bytes("upgrade");
  private static final byte[] CHUNKED = Octet.bytes("chunked");
  private static final byte[] TRAILERS = Octet.bytes("trailers");
  private static final byte[] WEBSOCKET = Octet.bytes("websocket");

  byte[] bytes = new byte[INITIAL_BYTES];
  int[] at = new int[INITIAL_FIELDS * STRIDE];
  byte[] kinds = new byte[INITIAL_FIELDS];

  private HeadLimits limits;
  private int end;
  private int scan;
  private int lineStart;
  private boolean started;
  private int emptyLines;
  private int size;
  private int aliases;
  private @Nullable Reject reject;

  private int minorVersion;
  private long contentLength;
  private int lengthFields;
  private boolean chunked;
  private int encodingFields;
  private boolean closes;
  private boolean keepsAlive;
  private boolean nominatesUpgrade;
  private int connectionFields;
  private int upgradeField;
  private int upgradeFields;
  int hostField;
  int hostFields;
  int expectFields;
  int expectField;

  HeadScanner(HeadLimits limits) {
    this.limits = limits;
    clear();
  }

  /** Forgets the head. Arrays that grew for an unusual one are given back. */
  final void clear() {
    if (bytes.length > INITIAL_BYTES) bytes = new byte[INITIAL_BYTES];
    if (kinds.length > INITIAL_FIELDS) {
      at = new int[INITIAL_FIELDS * STRIDE];
      kinds = new byte[INITIAL_FIELDS];
    }
    end = 0;
    scan = 0;
    lineStart = 0;
    started = false;
    emptyLines = 0;
    size = 0;
    aliases = 0;
    reject = null;
    minorVersion = 1;
    contentLength = -1;
    lengthFields = 0;
    chunked = false;
    encodingFields = 0;
    closes = false;
    keepsAlive = false;
    nominatesUpgrade = false;
    connectionFields = 0;
    upgradeField = -1;
    upgradeFields = 0;
    hostField = -1;
    hostFields = 0;
    expectField = -1;
    expectFields = 0;
  }

  final void limits(HeadLimits next) {
    limits = next;
  }

  /**
   * Takes input.
   *
   * @param in borrows; its reader index advances over what belongs to the head
   */
  public final Progress feed(ByteBuf in) {
    if (reject != null) return Progress.REJECTED;
    while (in.isReadable()) {
      if (end == bytes.length) {
        if (end >= limits.headMax()) return refuse(Reject.HEAD_TOO_LARGE);
        bytes = Arrays.copyOf(bytes, Math.min(limits.headMax(), end * 2));
      }
      int room = Math.min(bytes.length, limits.headMax()) - end;
      if (room <= 0) return refuse(Reject.HEAD_TOO_LARGE);
      int count = Math.min(in.readableBytes(), room);
      in.getBytes(in.readerIndex(), bytes, end, count);
      Progress progress = scan(end + count);
      if (progress == Progress.COMPLETE) {
        in.skipBytes(scan - end);
        end = scan;
        return progress;
      }
      in.skipBytes(count);
      end += count;
      if (progress == Progress.REJECTED) return progress;
    }
    return end >= limits.headMax() ? refuse(Reject.HEAD_TOO_LARGE) : Progress.MORE;
  }

  /** Whether any byte of a head was taken. */
  public final boolean inProgress() {
    return end > 0;
  }

  /** Memory its arrays take. */
  public final long heldBytes() {
    return bytes.length + (long) Integer.BYTES * at.length + kinds.length;
  }

  /** Why it was refused, after {@link Progress#REJECTED}. */
  public final Reject reject() {
    if (reject == null) throw new IllegalStateException("head was not rejected");
    return reject;
  }

  /** Number of fields. */
  public final int size() {
    return size;
  }

  /** Fields left out because of {@code _} or {@code .} in their name. */
  public final int droppedAliases() {
    return aliases;
  }

  public final String name(int index) {
    check(index);
    return Octet.string(bytes, at[index * STRIDE], at[index * STRIDE + 1]);
  }

  public final String value(int index) {
    check(index);
    return Octet.string(bytes, at[index * STRIDE + 2], at[index * STRIDE + 3]);
  }

  public final boolean nameIs(int index, String lowerCaseName) {
    check(index);
    return Octet.same(bytes, at[index * STRIDE], at[index * STRIDE + 1], lowerCaseName);
  }

  /** Whether a value begins with these characters, their case included. */
  public final boolean valueBegins(int index, String prefix) {
    check(index);
    int from = at[index * STRIDE + 2];
    if (at[index * STRIDE + 3] - from < prefix.length()) return false;
    for (int i = 0; i < prefix.length(); i++) {
      if ((bytes[from + i] & 0xff) != prefix.charAt(i)) return false;
    }
    return true;
  }

  /** 0 or 1. */
  public final int minorVersion() {
    return minorVersion;
  }

  /** {@code Content-Length}, or -1 when absent. */
  public final long contentLength() {
    return contentLength;
  }

  /** Whether the transfer coding is chunked. */
  public final boolean chunked() {
    return chunked;
  }

  /** Whether the sender keeps the connection open after this message (RFC 9112 §9.3). */
  public final boolean keepAlive() {
    return !closes && (minorVersion >= 1 || keepsAlive);
  }

  /** Whether {@code Connection: upgrade} and {@code Upgrade: websocket}, and nothing else. */
  public final boolean namesWebSocket() {
    if (!nominatesUpgrade || upgradeFields != 1 || minorVersion < 1) return false;
    return Octet.same(bytes, valueStart(upgradeField), valueEnd(upgradeField), WEBSOCKET);
  }

  /** Whether it takes trailers: a {@code TE} of exactly {@code trailers} (RFC 9110 §10.1.4). */
  public final boolean takesTrailers() {
    for (int i = 0; i < size; i++) {
      if (kinds[i] == FieldKind.TE && Octet.same(bytes, valueStart(i), valueEnd(i), TRAILERS)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a field goes further than this hop and is no framing, which the writer sets itself. */
  public final boolean endToEnd(int index) {
    check(index);
    return kinds[index] == FieldKind.OTHER;
  }

  /** Parses the start line; null when it is well formed. */
  abstract @Nullable Reject startLine(int from, int to);

  /** Checks what only the whole head shows; null when it is well formed. */
  abstract @Nullable Reject complete();

  /** What a field name with {@code _} or {@code .} leads to: null keeps it. */
  abstract @Nullable Boolean aliasDropped();

  /** Empty lines allowed before the start line. */
  abstract int emptyLinesMax();

  final int valueStart(int index) {
    return at[index * STRIDE + 2];
  }

  final int valueEnd(int index) {
    return at[index * STRIDE + 3];
  }

  final boolean hasBodyFields() {
    return lengthFields + encodingFields > 0;
  }

  /** Parses {@code HTTP/1.x} in {@code [from, from + 8)}. */
  final @Nullable Reject version(int from, int to) {
    if (to - from != 8
        || bytes[from] != 'H'
        || bytes[from + 1] != 'T'
        || bytes[from + 2] != 'T'
        || bytes[from + 3] != 'P'
        || bytes[from + 4] != '/'
        || bytes[from + 6] != '.'
        || !Octet.is(bytes[from + 5], Octet.DIGIT)
        || !Octet.is(bytes[from + 7], Octet.DIGIT)) {
      return Reject.BAD_VERSION;
    }
    if (bytes[from + 5] != '1') return Reject.UNSUPPORTED_VERSION;
    minorVersion = bytes[from + 7] == '0' ? 0 : 1;
    return null;
  }

  /** Body framing and {@code Connection}, the same in both directions (RFC 9112 §6.3, §7.6.1). */
  final @Nullable Reject framing() {
    if (lengthFields > 0 && encodingFields > 0) return Reject.LENGTH_AND_ENCODING;
    if (lengthFields > 1) return Reject.DUPLICATE_LENGTH;
    if (encodingFields > 1) return Reject.BAD_ENCODING;
    for (int i = 0; connectionFields > 0 && i < size; i++) {
      if (kinds[i] != FieldKind.CONNECTION) continue;
      Reject bad = connection(valueStart(i), valueEnd(i));
      if (bad != null) return bad;
    }
    return null;
  }

  private Progress scan(int limit) {
    byte[] head = bytes;
    int p = scan;
    while (true) {
      int lineMax = lineStart + (started ? limits.fieldMax() : limits.lineMax());
      int stop = Math.min(limit, lineMax + 1);
      while (p < stop && Octet.is(head[p], Octet.TEXT)) p++;
      scan = p;
      if (p > lineMax) {
        return refuse(started ? Reject.FIELD_TOO_LARGE : lineTooLong(p));
      }
      if (p == limit) return Progress.MORE;
      if (head[p] != '\r') return refuse(control(head[p], p));
      if (p + 1 == limit) return Progress.MORE;
      if (head[p + 1] != '\n') return refuse(Reject.BARE_CR);
      int lineEnd = p;
      p += 2;
      Reject bad = null;
      if (!started) {
        if (lineEnd == lineStart) {
          if (++emptyLines > emptyLinesMax()) bad = Reject.LEADING_LINES;
        } else {
          bad = startLine(lineStart, lineEnd);
          started = true;
        }
      } else if (lineEnd == lineStart) {
        bad = complete();
        scan = p;
        return bad == null ? Progress.COMPLETE : refuse(bad);
      } else {
        bad = field(lineStart, lineEnd);
      }
      if (bad != null) return refuse(bad);
      lineStart = p;
    }
  }

  /** A start line without a space is all method; 414 would blame a target that never came. */
  private Reject lineTooLong(int to) {
    boolean spaced = Octet.indexOf(bytes, lineStart, to, ' ') >= 0;
    return spaced ? Reject.REQUEST_LINE_TOO_LONG : Reject.METHOD_TOO_LONG;
  }

  private Reject control(byte octet, int position) {
    if (octet == '\n') return Reject.BARE_LF;
    boolean hello = octet == 0x16 && position == 0 && emptyLinesMax() > 0;
    return hello ? Reject.TLS_ON_PLAIN_PORT : Reject.CONTROL_CHARACTER;
  }

  private Progress refuse(Reject why) {
    reject = why;
    return Progress.REJECTED;
  }

  private @Nullable Reject field(int from, int to) {
    byte[] head = bytes;
    if (head[from] == ' ' || head[from] == '\t') {
      return size + aliases == 0 ? Reject.LEADING_SPACE : Reject.OBS_FOLD;
    }
    int colon = from;
    int seen = 0;
    while (colon < to) {
      int octet = Octet.of(head[colon]);
      if ((octet & Octet.TOKEN) == 0) break;
      seen |= octet;
      colon++;
    }
    if (colon == to) return Reject.MISSING_COLON;
    if (head[colon] != ':') {
      boolean space = head[colon] == ' ' || head[colon] == '\t';
      return space && colon > from ? Reject.SPACE_BEFORE_COLON : Reject.BAD_FIELD_NAME;
    }
    if (colon == from) return Reject.BAD_FIELD_NAME;
    if (size + aliases >= limits.fieldsMax()) return Reject.TOO_MANY_FIELDS;
    if ((seen & Octet.ALIAS) != 0) {
      Boolean dropped = aliasDropped();
      if (dropped != null) {
        if (!dropped) return Reject.ALIAS_FIELD;
        aliases++;
        return null;
      }
    }
    int start = colon + 1;
    while (start < to && (head[start] == ' ' || head[start] == '\t')) start++;
    int stop = to;
    while (stop > start && (head[stop - 1] == ' ' || head[stop - 1] == '\t')) stop--;
    if (size == kinds.length) {
      kinds = Arrays.copyOf(kinds, size * 2);
      at = Arrays.copyOf(at, size * 2 * STRIDE);
    }
    int base = size * STRIDE;
    at[base] = from;
    at[base + 1] = colon;
    at[base + 2] = start;
    at[base + 3] = stop;
    at[base + 4] = to;
    byte kind = FieldKind.of(head, from, colon);
    kinds[size] = kind;
    return kind == FieldKind.OTHER ? kept() : known(kind, start, stop);
  }

  private @Nullable Reject kept() {
    size++;
    return null;
  }

  private @Nullable Reject known(byte kind, int start, int stop) {
    int index = size++;
    switch (kind) {
      case FieldKind.HOST -> {
        hostField = index;
        hostFields++;
      }
      case FieldKind.CONTENT_LENGTH -> {
        lengthFields++;
        return length(start, stop);
      }
      case FieldKind.TRANSFER_ENCODING -> {
        encodingFields++;
        return encoding(start, stop);
      }
      case FieldKind.CONNECTION -> connectionFields++;
      case FieldKind.UPGRADE -> {
        upgradeField = index;
        upgradeFields++;
      }
      case FieldKind.EXPECT -> {
        expectField = index;
        expectFields++;
      }
      default -> {} // TE and the other hop-by-hop fields only need their kind
    }
    return null;
  }

  private @Nullable Reject length(int start, int stop) {
    // 18 digits: more cannot be a body, and cannot overflow.
    if (start == stop || stop - start > 18 || !Octet.all(bytes, start, stop, Octet.DIGIT)) {
      return Reject.BAD_LENGTH;
    }
    long value = 0;
    for (int i = start; i < stop; i++) value = value * 10 + (bytes[i] - '0');
    contentLength = value;
    return null;
  }

  private @Nullable Reject encoding(int start, int stop) {
    if (Octet.same(bytes, start, stop, CHUNKED)) {
      chunked = true;
      return null;
    }
    // A well-formed list that ends in its only "chunked" asks for something we do not do; anything
    // else is malformed.
    int from = start;
    while (true) {
      int comma = Octet.indexOf(bytes, from, stop, ',');
      int last = comma < 0 ? stop : comma;
      int a = from;
      int b = last;
      while (a < b && (bytes[a] == ' ' || bytes[a] == '\t')) a++;
      while (b > a && (bytes[b - 1] == ' ' || bytes[b - 1] == '\t')) b--;
      if (a == b || !Octet.all(bytes, a, b, Octet.TOKEN)) return Reject.BAD_ENCODING;
      boolean isChunked = Octet.same(bytes, a, b, CHUNKED);
      if (comma < 0) return isChunked ? Reject.UNSUPPORTED_ENCODING : Reject.BAD_ENCODING;
      if (isChunked) return Reject.BAD_ENCODING;
      from = comma + 1;
    }
  }

  private @Nullable Reject connection(int start, int stop) {
    int from = start;
    int names = 0;
    while (from <= stop) {
      int comma = Octet.indexOf(bytes, from, stop, ',');
      int a = from;
      int b = comma < 0 ? stop : comma;
      from = b + 1;
      while (a < b && (bytes[a] == ' ' || bytes[a] == '\t')) a++;
      while (b > a && (bytes[b - 1] == ' ' || bytes[b - 1] == '\t')) b--;
      if (a == b) continue; // an empty member of a list is legal to receive (RFC 9110 §5.6.1.2)
      if (++names > NOMINATIONS_MAX || !Octet.all(bytes, a, b, Octet.TOKEN)) {
        return Reject.BAD_CONNECTION;
      }
      if (Octet.same(bytes, a, b, CLOSE)) {
        closes = true;
      } else if (Octet.same(bytes, a, b, KEEP_ALIVE)) {
        keepsAlive = true;
      } else if (Octet.same(bytes, a, b, UPGRADE)) {
        nominatesUpgrade = true;
      } else if (FieldKind.essential(bytes, a, b)) {
        return Reject.NOMINATED_ESSENTIAL;
      } else {
        nominate(a, b);
      }
    }
    return null;
  }

  private void nominate(int from, int to) {
    for (int i = 0; i < size; i++) {
      if (kinds[i] != FieldKind.OTHER) continue;
      int a = at[i * STRIDE];
      int b = at[i * STRIDE + 1];
      if (b - a == to - from && sameIgnoringCase(a, from, b - a)) kinds[i] = FieldKind.NOMINATED;
    }
  }

  private boolean sameIgnoringCase(int a, int b, int count) {
    for (int i = 0; i < count; i++) {
      if (Octet.lower(bytes[a + i]) != Octet.lower(bytes[b + i])) return false;
    }
    return true;
  }

  private void check(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("field " + index + " (expected: 0-" + (size - 1) + ")");
    }
  }
}
