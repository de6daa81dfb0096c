package io.fairlead.net.pass;

import io.fairlead.net.loop.EventLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A private unix socket (mode 0600) at which one process, of an allowed user, may knock once. Every
 * other caller is closed without a word. Methods are called by its owner, the ear on the event
 * loop.
 */
public final class PassingDoor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PassingDoor.class);

  private final IntPredicate allowedUid;
  private final PassingLine line;
  private @Nullable Channel server;
  private int peerPid; // event loop only, like connections
  private int connections;

  private PassingDoor(IntPredicate allowedUid, PassingLine line) {
    this.allowedUid = allowedUid;
    this.line = line;
  }

  /**
   * Binds and waits for the caller.
   *
   * @param loops with epoll, and one thread: it keeps the order of what is heard
   * @param socket in a directory only the own user can enter
   * @throws IOException it cannot be bound
   */
  public static PassingDoor open(
      EventLoops loops, Path socket, IntPredicate allowedUid, Heard.Ear ear) throws IOException {
    PassingDoor door = new PassingDoor(allowedUid, new PassingLine(ear));
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops.group())
            .channelFactory(loops.serverChannels(loops.unixAddress(socket.toString())))
            .childHandler(
                new ChannelInitializer<EpollDomainSocketChannel>() {
                  @Override
                  protected void initChannel(EpollDomainSocketChannel channel) {
                    door.admit(channel);
                  }
                })
            .bind(loops.unixAddress(socket.toString()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) throw new IOException(socket + ": " + bound.cause(), bound.cause());
    door.server = bound.channel();
    Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    return door;
  }

  /** The line to the caller; what is sent before there is one waits. */
  public PassingLine line() {
    return line;
  }

  /** Closes the door and the line, and removes the socket. */
  @Override
  public void close() {
    line.close();
    if (server != null) server.close().awaitUninterruptibly();
  }

  private void admit(EpollDomainSocketChannel channel) {
    try {
      PeerCredentials peer = channel.peerCredentials();
      boolean expected = connections == 0 || (connections == 1 && peer.pid() == peerPid);
      if (!allowedUid.test(peer.uid()) || !expected) {
        log.atWarn()
            .addKeyValue("uid", peer.uid())
            .addKeyValue("pid", peer.pid())
            .log("stranger at the upgrade socket refused");
        var _ = channel.close();
        return;
      }
      peerPid = peer.pid();
      if (connections++ == 0) line.words(channel);
      else line.hands(channel);
    } catch (IOException gone) {
      var _ = channel.close();
    }
  }
}
