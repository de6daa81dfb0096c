package io.fairlead.app.upgrade;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StoreLock;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** A stateful service: every line it is sent goes to a locked file before it is acknowledged. */
final class LedgerService implements HandOver, Face {
  private final Path directory;
  private final StoreLock lock;
  private final String keeper;
  private boolean open; // guarded by this

  /**
   * @param keeper what it signs its acknowledgements with
   */
  LedgerService(Path directory, String keeper) {
    this.directory = directory;
    this.lock = new StoreLock(directory);
    this.keeper = keeper;
  }

  @Override
  public String name() {
    return "ledger";
  }

  @Override
  public Set<String> listeners() {
    return Set.of("ledger");
  }

  @Override
  public synchronized void start() throws StartException {
    if (!lock.take()) {
      throw new StartException(StartException.Reason.RESOURCE, "the ledger is locked");
    }
    open = true;
  }

  @Override
  public synchronized void release(Deadline deadline) {
    open = false;
    lock.close();
  }

  @Override
  public void reopen() throws StartException {
    start();
  }

  @Override
  public void drain(Deadline deadline) {}

  @Override
  public synchronized void close() {
    open = false;
    lock.close();
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    channel
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                ByteBuf line = (ByteBuf) message;
                String text = line.toString(StandardCharsets.UTF_8);
                line.release();
                String answer = append(text) ? keeper : "closed";
                ctx.writeAndFlush(Unpooled.copiedBuffer(answer + "\n", StandardCharsets.UTF_8))
                    .addListener(ChannelFutureListener.CLOSE);
              }
            });
    channel.config().setAutoRead(true);
  }

  private synchronized boolean append(String text) {
    if (!open) return false;
    try {
      Files.writeString(
          directory.resolve("ledger"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return true;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
