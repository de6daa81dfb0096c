package io.fairlead.app.accesslog;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Where lines go. Confined to the writing thread, except that it is opened elsewhere. */
interface LineSink extends AutoCloseable {
  /**
   * Takes whole lines, each with its line end.
   *
   * @param lines UTF-8
   * @throws IOException nothing of them counts as written
   */
  void write(byte[] lines, int length) throws IOException;

  /** Called now and then, so that a file that was moved away is noticed. */
  default void look() throws IOException {}

  @Override
  void close();

  /** Standard output, which stays open. */
  final class Output implements LineSink {
    // System.out swallows errors and has a lock that others hold.
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    @Override
    public void write(byte[] lines, int length) throws IOException {
      out.write(lines, 0, length);
    }

    @Override
    public void close() {}
  }
}
