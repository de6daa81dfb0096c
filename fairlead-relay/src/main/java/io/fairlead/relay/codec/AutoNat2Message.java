package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asking a peer to dial one address of ours, second version.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/autonat/autonat-v2.md">AutoNAT v2</a>
 */
public sealed interface AutoNat2Message {
  String DIAL_REQUEST = "/libp2p/autonat/2/dial-request";
  String DIAL_BACK = "/libp2p/autonat/2/dial-back";

  /** Longest message, without its length. */
  int BYTES_MAX = 8192;

  /** Most addresses of a request that are read; the rest is passed over. */
  int ADDRESSES_MAX = 50;

  int RESPONSE_INTERNAL_ERROR = 0;
  int RESPONSE_REQUEST_REJECTED = 100;
  int RESPONSE_DIAL_REFUSED = 101;
  int RESPONSE_OK = 200;

  int DIAL_UNUSED = 0;
  int DIAL_ERROR = 100;
  int DIAL_BACK_ERROR = 101;
  int DIAL_OK = 200;

  /**
   * Dial the first of these that you can.
   *
   * @param addresses binary multiaddrs, unchecked
   * @param nonce to be said on the connection dialled
   */
  record DialRequest(List<byte[]> addresses, long nonce) implements AutoNat2Message {
    public DialRequest {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * How it went.
   *
   * @param status whether anything was tried
   * @param address which of the addresses was tried
   * @param dialStatus how that went
   */
  record DialResponse(int status, int address, int dialStatus) implements AutoNat2Message {}

  /** Pay with so many bytes first: the address is not yours as far as can be seen. */
  record DataRequest(int address, long bytes) implements AutoNat2Message {}

  /** Some of them. */
  record DataResponse(byte[] data) implements AutoNat2Message {}

  /**
   * Reads one message.
   *
   * @throws MalformedException no message, or none of the four
   */
  static AutoNat2Message read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<AutoNat2Message> read = Optional.empty();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> read = Optional.of(readRequest(in.bytes()));
        case 2 -> read = Optional.of(readResponse(in.bytes()));
        case 3 -> read = Optional.of(readDataRequest(in.bytes()));
        case 4 -> read = Optional.of(readData(in.bytes()));
        default -> in.skip();
      }
    }
    return read.orElseThrow(() -> new MalformedException("autonat: no message"));
  }

  private static DialRequest readRequest(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    List<byte[]> addresses = new ArrayList<>();
    long nonce = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> {
          byte[] address = in.bytes();
          if (addresses.size() < ADDRESSES_MAX) addresses.add(address);
        }
        case 2 -> nonce = in.fixed64();
        default -> in.skip();
      }
    }
    return new DialRequest(addresses, nonce);
  }

  private static DialResponse readResponse(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    int status = RESPONSE_INTERNAL_ERROR;
    int address = 0;
    int dialStatus = DIAL_UNUSED;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> status = in.number();
        case 2 -> address = in.number();
        case 3 -> dialStatus = in.number();
        default -> in.skip();
      }
    }
    return new DialResponse(status, address, dialStatus);
  }

  private static DataRequest readDataRequest(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    int address = 0;
    long bytes = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> address = in.number();
        case 2 -> bytes = in.uint64();
        default -> in.skip();
      }
    }
    return new DataRequest(address, bytes);
  }

  private static DataResponse readData(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    byte[] data = {};
    while (in.next()) {
      if (in.field() == 1) data = in.bytes();
      else in.skip();
    }
    return new DataResponse(data);
  }

  default byte[] toBytes() {
    ProtoWriter inner = new ProtoWriter();
    int field =
        switch (this) {
          case DialRequest(List<byte[]> addresses, long nonce) -> {
            for (byte[] address : addresses) inner.bytes(1, address);
            inner.fixed64(2, nonce);
            yield 1;
          }
          case DialResponse(int status, int address, int dialStatus) -> {
            inner.uint(1, status).uint(2, address).uint(3, dialStatus);
            yield 2;
          }
          case DataRequest(int address, long bytes) -> {
            inner.uint(1, address).uint(2, bytes);
            yield 3;
          }
          case DataResponse(byte[] data) -> {
            inner.bytes(1, data);
            yield 4;
          }
        };
    return new ProtoWriter().bytes(field, inner.toBytes()).toBytes();
  }
}
