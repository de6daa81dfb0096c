package io.fairlead.app.trace;

import io.fairlead.app.Version;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Spans as {@code ExportTraceServiceRequest} of {@code opentelemetry.proto.collector.trace.v1}; the
 * numbers are those of its fields.
 */
final class OtlpMessage {
  private static final HexFormat HEX = HexFormat.of();
  private static final int ERROR = 2; // Status.StatusCode

  private final byte[] resource;
  private final byte[] scope =
      new ProtoWriter().string(1, "io.fairlead").string(2, Version.current()).toBytes();

  OtlpMessage(String gateway) {
    resource =
        new ProtoWriter()
            .bytes(1, fact("service.name", "fairlead"))
            .bytes(1, fact("service.instance.id", gateway))
            .bytes(1, fact("service.version", Version.current()))
            .toBytes();
  }

  byte[] of(List<Span> batch) {
    ProtoWriter spans = new ProtoWriter().bytes(1, scope);
    for (Span span : batch) spans.bytes(2, span(span));
    byte[] whole = new ProtoWriter().bytes(1, resource).bytes(2, spans.toBytes()).toBytes();
    return new ProtoWriter().bytes(1, whole).toBytes();
  }

  private static byte[] span(Span span) {
    ProtoWriter out =
        new ProtoWriter().bytes(1, HEX.parseHex(span.trace())).bytes(2, HEX.parseHex(span.id()));
    if (!span.caller().isEmpty()) out.bytes(4, HEX.parseHex(span.caller()));
    long end = nanos(span.ended());
    out.string(5, span.name())
        .uint(6, kind(span.role()))
        .fixed64(7, end - span.took().toNanos())
        .fixed64(8, end);
    span.facts().forEach((name, value) -> out.bytes(9, fact(name, value)));
    span.error().ifPresent(word -> out.bytes(9, fact("error.type", word)));
    if (span.error().isPresent()) out.bytes(15, new ProtoWriter().uint(3, ERROR).toBytes());
    return out.toBytes();
  }

  private static int kind(Span.Role role) {
    return switch (role) {
      case INTERNAL -> 1;
      case SERVER -> 2;
      case CLIENT -> 3;
    };
  }

  private static byte[] fact(String name, Object value) {
    ProtoWriter any = new ProtoWriter();
    switch (value) {
      case Boolean flag -> any.uint(2, flag ? 1 : 0);
      case Double number -> any.fixed64(4, Double.doubleToLongBits(number));
      case Number number -> any.uint(3, number.longValue());
      default -> any.string(1, value.toString());
    }
    return new ProtoWriter().string(1, name).bytes(2, any.toBytes()).toBytes();
  }

  private static long nanos(Instant at) {
    return TimeUnit.SECONDS.toNanos(at.getEpochSecond()) + at.getNano();
  }
}
