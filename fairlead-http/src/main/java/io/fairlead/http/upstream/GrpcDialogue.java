package io.fairlead.http.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.http.health.CheckConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the gRPC health service ({@code grpc.health.v1.Health/Check}) over HTTP/2 with prior
 * knowledge. One stream, one small message each way, so that the frames (RFC 9113 §4) and the
 * fields (RFC 7541, no table, no Huffman) are written by hand; of the answer only the message is
 * read, and response fields are not needed. Confined to the loop of its probe.
 */
final class GrpcDialogue implements Probe.Dialogue {
  private static final int HEADER_BYTES = 9;
  private static final int FRAME_MAX = 16_384;
  private static final int ANSWER_MAX = 1024;

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
  private static final int SERVING = 1;

  private final CheckConfig check;
  private final Endpoint endpoint;
  private final ByteBuf input = Unpooled.buffer(256);
  private final ByteBuf answer = Unpooled.buffer(64);

  GrpcDialogue(CheckConfig check, Endpoint endpoint) {
    this.check = check;
    this.endpoint = endpoint;
  }

  @Override
  public ByteBuf opening() {
    ByteBuf out = Unpooled.buffer(256);
    out.writeBytes(Probe.ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    frame(out, SETTINGS, 0, 0, Unpooled.EMPTY_BUFFER);
    ByteBuf fields = Unpooled.buffer(128);
    fields.writeByte(0x83); // :method POST
    fields.writeByte(endpoint.secured() ? 0x87 : 0x86); // :scheme
    fields.writeByte(0x04); // :path, not indexed
    text(fields, "/grpc.health.v1.Health/Check");
    fields.writeByte(0x01); // :authority, not indexed
    text(fields, check.host().orElse(endpoint.authority()));
    fields.writeByte(0x0f).writeByte(31 - 15); // content-type, not indexed
    text(fields, "application/grpc");
    fields.writeByte(0x00);
    text(fields, "te");
    text(fields, "trailers");
    frame(out, HEADERS, END_HEADERS, 1, fields);
    byte[] service = check.service().getBytes(UTF_8);
    ByteBuf message = Unpooled.buffer(16 + service.length);
    int length = service.length == 0 ? 0 : 2 + service.length;
    message.writeByte(0).writeInt(length);
    if (length > 0) message.writeByte(0x0a).writeByte(service.length).writeBytes(service);
    frame(out, DATA, END_STREAM, 1, message);
    return out;
  }

  @Override
  public Probe.@Nullable Result heard(ByteBuf in, Consumer<ByteBuf> replies) {
    input.writeBytes(in);
    while (input.readableBytes() >= HEADER_BYTES) {
      int length = input.getUnsignedMedium(input.readerIndex());
      if (length > FRAME_MAX) return Probe.Result.failed("not an HTTP/2 answer");
      if (input.readableBytes() < HEADER_BYTES + length) break;
      input.skipBytes(3);
      int type = input.readUnsignedByte();
      int flags = input.readUnsignedByte();
      int stream = input.readInt();
      Probe.Result result = take(type, flags, stream, input.readSlice(length), replies);
      if (result != null) return result;
    }
    input.discardReadBytes();
    return null;
  }

  @Override
  public Probe.Result ended() {
    return Probe.Result.failed("closed without an answer");
  }

  private Probe.@Nullable Result take(
      int type, int flags, int stream, ByteBuf payload, Consumer<ByteBuf> replies) {
    switch (type) {
      case SETTINGS -> {
        if ((flags & ACK) == 0) reply(SETTINGS, Unpooled.EMPTY_BUFFER, replies);
      }
      case PING -> {
        if ((flags & ACK) == 0) reply(PING, payload, replies);
      }
      case RST_STREAM, GOAWAY -> {
        return Probe.Result.failed("the stream was refused");
      }
      case HEADERS -> {
        if (stream == 1 && (flags & END_STREAM) != 0) return verdict();
      }
      case DATA -> {
        if (stream != 1) return null;
        int padding = (flags & PADDED) == 0 ? 0 : payload.readUnsignedByte();
        if (padding > payload.readableBytes()) return Probe.Result.failed("bad padding");
        if (answer.readableBytes() + payload.readableBytes() > ANSWER_MAX) {
          return Probe.Result.failed("the answer is too long");
        }
        answer.writeBytes(payload, payload.readableBytes() - padding);
        if (complete() || (flags & END_STREAM) != 0) return verdict();
      }
      default -> {} // frames of other kinds are none of our concern (RFC 9113 §4.1)
    }
    return null;
  }

  private boolean complete() {
    return answer.readableBytes() >= 5
        && answer.readableBytes() >= 5 + answer.getUnsignedInt(answer.readerIndex() + 1);
  }

  /** {@code HealthCheckResponse { ServingStatus status = 1; }}. */
  private Probe.Result verdict() {
    if (!complete()) return Probe.Result.failed("no message in the answer");
    int status = 0; // an absent field is UNKNOWN
    if (answer.readableBytes() >= 7 && answer.getByte(5) == 0x08) status = answer.getByte(6);
    return status == SERVING
        ? Probe.Result.passed("SERVING")
        : Probe.Result.failed("serving status " + status);
  }

  private static void reply(int type, ByteBuf payload, Consumer<ByteBuf> replies) {
    ByteBuf out = Unpooled.buffer(HEADER_BYTES + payload.readableBytes());
    frame(out, type, ACK, 0, payload);
    replies.accept(out);
  }

  private static void frame(ByteBuf out, int type, int flags, int stream, ByteBuf payload) {
    out.writeMedium(payload.readableBytes());
    out.writeByte(type).writeByte(flags).writeInt(stream);
    out.writeBytes(payload);
  }

  /** A string literal without Huffman coding (RFC 7541 §5.2). */
  private static void text(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length < 127) {
      out.writeByte(bytes.length);
    } else {
      out.writeByte(127);
      int rest = bytes.length - 127;
      while (rest >= 128) {
        out.writeByte(rest % 128 + 128);
        rest /= 128;
      }
      out.writeByte(rest);
    }
    out.writeBytes(bytes);
  }
}
