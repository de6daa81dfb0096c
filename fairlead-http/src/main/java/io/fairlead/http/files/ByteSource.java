package io.fairlead.http.files;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Body bytes that take work to make. Used by one thread at a time, which may block. */
interface ByteSource extends Closeable {
  /** The next bytes, at least one of them, which the caller owns; null at the end. */
  @Nullable ByteBuf next(ByteBufAllocator allocator) throws IOException;
}
