package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/**
 * The head of a request for an upstream, rebuilt from the client's parsed parts: no byte of its
 * framing is copied.
 */
final class ForwardedRequest {
  /** Room behind a chunked request's head: for its first small chunks. */
  private static final int CHUNKED_SLACK = ChunkFrame.OVERHEAD + 512;

  private ForwardedRequest() {}

  /**
   * Writes the head and leaves room for a small body behind it.
   *
   * @return owned by the caller
   * @throws IllegalArgumentException the plan's target, host or fields cannot be sent
   */
  static ByteBuf head(
      RequestView view, ForwardPlan plan, HeadWriter writer, ByteBufAllocator allocator) {
    writer.begin().request(view.method(), plan.target(), plan.host());
    writer.endToEnd(view.scanner(), plan.edits().dropped());
    addFields(writer, plan.edits().added());
    int slack = 0;
    long length = view.scanner().contentLength();
    if (view.scanner().chunked()) {
      writer.transferEncodingChunked();
      slack = CHUNKED_SLACK;
    } else if (length >= 0) {
      writer.contentLength(length);
      slack = length <= ConnectionExchange.JOIN_MAX ? (int) length : 0;
    }
    if (plan.websocket() && view.upgradesToWebSocket()) {
      writer.upgradeToWebSocket();
    } else {
      writer.teTrailers(view.scanner());
    }
    return writer.end().toBuffer(allocator, slack);
  }

  private static void addFields(HeadWriter writer, List<FieldEdits.Field> fields) {
    for (int i = 0; i < fields.size(); i++) {
      FieldEdits.Field field = fields.get(i);
      if (!field.framing() && !field.name().equalsIgnoreCase("host")) {
        writer.field(field.name(), field.value());
      }
    }
  }
}
