package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/**
 * The head of an HTTP/1 request for an upstream, rebuilt from the client's parsed parts: no byte of
 * its framing is copied.
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
      RequestHead request, ForwardPlan plan, HeadWriter writer, ByteBufAllocator allocator) {
    writer.begin().request(request.method(), plan.target(), plan.host());
    if (request instanceof RequestView view) {
      writer.endToEnd(view.scanner(), plan.edits().dropped());
    } else {
      endToEnd(request.fields(), plan.edits().dropped(), writer);
    }
    addFields(writer, plan.edits());
    int slack = 0;
    switch (request.body()) {
      case BodyLength.Chunked _, BodyLength.UntilClose _ -> {
        writer.transferEncodingChunked();
        slack = CHUNKED_SLACK;
      }
      case BodyLength.Fixed(long length) -> {
        writer.contentLength(length);
        slack = length <= ConnectionExchange.JOIN_MAX ? (int) length : 0;
      }
      case BodyLength.None _ -> {}
    }
    if (plan.wire().forwardExpect() && request.expectsContinue()) {
      writer.field("Expect", "100-continue");
    }
    if (plan.websocket() && request.upgradesToWebSocket()) {
      writer.upgradeToWebSocket();
    } else if (request.takesTrailers()) {
      writer.teTrailers();
    }
    return writer.end().toBuffer(allocator, slack);
  }

  /** Writes fields that are not bytes of a scanner; cookie crumbs become one field. */
  static void endToEnd(Fields fields, List<String> dropped, HeadWriter writer) {
    String crumbs = "";
    for (int i = 0; i < fields.size(); i++) {
      if (!fields.endToEnd(i) || among(dropped, fields, i)) continue;
      if (fields.nameIs(i, "cookie")) { // RFC 9113 §8.2.3
        crumbs = crumbs.isEmpty() ? fields.value(i) : crumbs + "; " + fields.value(i);
      } else {
        writer.field(fields.name(i), fields.value(i));
      }
    }
    if (!crumbs.isEmpty()) writer.field("cookie", crumbs);
  }

  private static boolean among(List<String> names, Fields fields, int index) {
    for (int i = 0; i < names.size(); i++) {
      if (fields.nameIs(index, names.get(i))) return true;
    }
    return false;
  }

  private static void addFields(HeadWriter writer, FieldEdits edits) {
    for (int i = 0; i < edits.size(); i++) {
      String name = edits.name(i);
      if (!FieldEdits.framing(name) && !(name.length() == 4 && name.equalsIgnoreCase("host"))) {
        writer.field(name, edits.value(i));
      }
    }
  }
}
