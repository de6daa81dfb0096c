package io.fairlead.net.http.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChunkDecoderTest {
  static Stream<FramingTable.Row> refused() {
    return FramingTable.bodies();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWholeAndByteByByte(FramingTable.Row row) {
    String body = row.input().substring(row.input().indexOf("\r\n\r\n") + 4);
    ChunkDecoder whole = new ChunkDecoder();
    assertThat(run(whole, body, body.length(), new StringBuilder()))
        .isEqualTo(ChunkDecoder.Step.REJECTED);
    assertThat(whole.reject()).isEqualTo(row.reject());
    ChunkDecoder bytes = new ChunkDecoder();
    assertThat(run(bytes, body, 1, new StringBuilder())).isEqualTo(ChunkDecoder.Step.REJECTED);
    assertThat(bytes.reject()).isEqualTo(row.reject());
  }

  @Test
  void everyPieceSizeGivesTheSameDataAndStopsAtTheEnd() {
    String body =
        "3;a;b=c;d=\"e;\\\"\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nHost: x\r\nT: u\r\n\r\n";
    for (int piece = 1; piece <= body.length(); piece++) {
      ChunkDecoder decoder = new ChunkDecoder();
      StringBuilder data = new StringBuilder();
      assertThat(run(decoder, body + "GET", piece, data)).isEqualTo(ChunkDecoder.Step.END);
      assertThat(data.toString()).isEqualTo("abc0123456789");
      assertThat(decoder.trailers()).isEqualTo(2);
    }
  }

  private static ChunkDecoder.Step run(
      ChunkDecoder decoder, String body, int piece, StringBuilder data) {
    ChunkDecoder.Step step = ChunkDecoder.Step.MORE;
    for (int from = 0; from < body.length(); from += piece) {
      ByteBuf in =
          RequestScannerTest.bytes(body.substring(from, Math.min(body.length(), from + piece)));
      do {
        step = decoder.next(in);
        if (step == ChunkDecoder.Step.DATA) {
          data.append(in.readCharSequence(decoder.dataLength(), StandardCharsets.ISO_8859_1));
        }
      } while (step == ChunkDecoder.Step.DATA);
      if (step != ChunkDecoder.Step.MORE) return step;
    }
    return step;
  }
}
