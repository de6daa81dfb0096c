package io.fairlead.http.files;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.BrotliOutputStream;
import com.aayushatharva.brotli4j.encoder.Encoder;
import com.github.luben.zstd.ZstdOutputStream;
import com.github.luben.zstd.util.Native;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Compressors for content made on the way: levels that cost little for most of the gain. */
final class Encoders {
  private static final int BROTLI_QUALITY = 4;
  private static final int BROTLI_WINDOW = 19;
  private static final int ZSTD_LEVEL = 3;
  private static final int GZIP_LEVEL = 5;

  private Encoders() {}

  static boolean brotli() {
    return Brotli4jLoader.isAvailable();
  }

  static boolean zstd() {
    try {
      if (!Native.isLoaded()) Native.load();
      return true;
    } catch (LinkageError noLibrary) {
      return false;
    }
  }

  static OutputStream brotli(OutputStream to) throws IOException {
    return new BrotliOutputStream(
        to, new Encoder.Parameters().setQuality(BROTLI_QUALITY).setWindow(BROTLI_WINDOW));
  }

  static OutputStream zstd(OutputStream to) throws IOException {
    return new ZstdOutputStream(to, ZSTD_LEVEL);
  }

  static OutputStream gzip(OutputStream to) throws IOException {
    return new Gzip(to);
  }

  /** GZIP at a level of ours. */
  private static final class Gzip extends GZIPOutputStream {
    Gzip(OutputStream to) throws IOException {
      super(to, 16 * 1024);
      def.setLevel(GZIP_LEVEL);
      def.setStrategy(Deflater.DEFAULT_STRATEGY);
    }
  }
}
