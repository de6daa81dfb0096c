package io.fairlead.app.accesslog;

import io.fairlead.core.time.Clock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A syslog server: each line a message of RFC 5424, a datagram of its own (RFC 5426) or with its
 * length before it on a connection (RFC 6587 §3.4.1). The connection is opened at the first line
 * and again after a failure.
 */
final class SyslogSink implements LineSink {
  private static final int SEVERITY_INFO = 6;
  private static final int CONNECT_MILLIS = 1000;
  private static final int DATAGRAM_MAX = 8 * 1024;

  private final URI server;
  private final String priority;
  private final String tail;
  private final Clock clock;
  private @Nullable DatagramSocket datagrams;
  private @Nullable Socket stream;

  SyslogSink(AccessLogConfig.Sink.Syslog config, String host, Clock clock) {
    this.server = config.server();
    this.clock = clock;
    this.priority = "<" + (config.facility().code() * 8 + SEVERITY_INFO) + ">1 ";
    this.tail = " " + host + " fairlead " + ProcessHandle.current().pid() + " access - ";
  }

  @Override
  public void write(byte[] lines, int length) throws IOException {
    try {
      int from = 0;
      ByteArrayOutputStream framed = new ByteArrayOutputStream(length + 256);
      for (int i = 0; i < length; i++) {
        if (lines[i] != '\n') continue;
        send(lines, from, i - from, framed);
        from = i + 1;
      }
      if (framed.size() > 0) output().write(framed.toByteArray());
    } catch (IOException failure) {
      close();
      throw failure;
    }
  }

  private void send(byte[] lines, int from, int length, ByteArrayOutputStream framed)
      throws IOException {
    byte[] head = (priority + clock.wall().toString() + tail).getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream message = new ByteArrayOutputStream(head.length + length);
    message.writeBytes(head);
    message.write(lines, from, length);
    byte[] bytes = message.toByteArray();
    if (server.getScheme().toLowerCase(Locale.ROOT).equals("udp")) {
      int sent = Math.min(bytes.length, DATAGRAM_MAX);
      socket().send(new DatagramPacket(bytes, sent, address()));
    } else {
      framed.writeBytes((bytes.length + " ").getBytes(StandardCharsets.US_ASCII));
      framed.writeBytes(bytes);
    }
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(server.getHost(), server.getPort());
  }

  private DatagramSocket socket() throws IOException {
    DatagramSocket open = datagrams;
    if (open == null) {
      open = new DatagramSocket();
      datagrams = open;
    }
    return open;
  }

  private OutputStream output() throws IOException {
    Socket open = stream;
    if (open == null) {
      open = new Socket();
      stream = open;
      open.connect(address(), CONNECT_MILLIS);
      open.shutdownInput();
    }
    return open.getOutputStream();
  }

  @Override
  public void close() {
    if (datagrams != null) datagrams.close();
    datagrams = null;
    Socket open = stream;
    stream = null;
    if (open == null) return;
    try {
      open.close();
    } catch (IOException failure) {
      // Gone in any case.
    }
  }
}
