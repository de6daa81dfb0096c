package io.fairlead.control.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows as a little-endian kernel writes them. */
@EnabledOnOs(OS.LINUX)
class PeerProofTest {
  private static final String HEADLINE =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout"
          + " inode\n";
  private static final InetSocketAddress PEER = new InetSocketAddress("127.0.0.1", 0xC001);
  private static final InetSocketAddress OURS = new InetSocketAddress("127.0.0.1", 8837);

  @TempDir Path proc;

  @Test
  void readsOwnerStateAndInode() throws IOException {
    assertThat(find(row("0100007F:C001", "0100007F:2285", "01", 1000, 4711), PEER, OURS))
        .contains(new TcpTable.Row(PEER, OURS, 1, 1000, 4711));
  }

  @Test
  void findsTheRowOfThePeerNotTheOneOfOurOwnEnd() throws IOException {
    String both =
        row("0100007F:2285", "0100007F:C001", "01", 7, 1)
            + row("0200007F:C001", "0100007F:2285", "01", 8, 2)
            + row("0100007F:C001", "0200007F:2285", "01", 9, 3)
            + row("0100007F:C001", "0100007F:2285", "01", 1000, 4);
    assertThat(find(both, PEER, OURS).orElseThrow().uid()).isEqualTo(1000);
  }

  @Test
  void readsIpv6AndTakesMappedAddressesForIpv4() throws IOException {
    String table =
        row(
                "00000000000000000000000001000000:C001",
                "00000000000000000000000001000000:2285",
                "01",
                1001,
                5)
            + row(
                "0000000000000000FFFF00000100007F:C001",
                "0000000000000000FFFF00000100007F:2285",
                "01",
                1002,
                6);
    InetSocketAddress peer6 = new InetSocketAddress("::1", 0xC001);
    InetSocketAddress ours6 = new InetSocketAddress("::1", 8837);
    assertThat(find(table, peer6, ours6).orElseThrow().uid()).isEqualTo(1001);
    assertThat(find(table, PEER, OURS).orElseThrow().uid()).isEqualTo(1002);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   0:",
        "   0: 0100007F:C001 0100007F:2285 01",
        "   0: 0100007F:C001 0100007F:2285 zz 0:0 0:0 0 1000 0 4711",
        "   0: 0100007F:C001 0100007F:2285 01 0:0 0:0 0 many 0 4711",
        "   0: 0100007FC001 0100007F:2285 01 0:0 0:0 0 1000 0 4711",
        "   0: 010000:C001 0100007F:2285 01 0:0 0:0 0 1000 0 4711",
        "   0: 0100007F:C001FF 0100007F:2285 01 0:0 0:0 0 1000 0 4711",
      })
  void passesOverWhatIsNoRow(String line) {
    assertThat(TcpTable.parse(line)).isEmpty();
  }

  @Test
  void orphanedSocketIsNobodysNotRoots() throws IOException {
    table("tcp", row("0100007F:C001", "0100007F:2285", "01", 0, 0));
    assertThat(owner()).isInstanceOf(PeerOwner.Unknown.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"02", "04", "05", "06", "08", "0A"})
  void onlyAnEstablishedConnectionCounts(String state) throws IOException {
    table("tcp", row("0100007F:C001", "0100007F:2285", state, 1000, 4711));
    assertThat(owner()).isInstanceOf(PeerOwner.Unknown.class);
  }

  @Test
  void looksIntoBothTablesAndIntoTheOneThereIs() throws IOException {
    table(
        "tcp6",
        row(
            "0000000000000000FFFF00000100007F:C001",
            "0000000000000000FFFF00000100007F:2285",
            "01",
            1000,
            5));
    assertThat(owner()).isEqualTo(new PeerOwner.Uid(1000));
    table("tcp", row("0100007F:C001", "0100007F:2285", "01", 1001, 6));
    assertThat(owner()).isEqualTo(new PeerOwner.Uid(1001));
  }

  @Test
  void withoutTablesNobodyIsKnown() {
    assertThat(owner()).isInstanceOf(PeerOwner.Unknown.class);
  }

  @Test
  void recognisesThisProcessByARealConnectionUntilItCloses() throws IOException {
    int own = PeerProof.ownUid().orElseThrow();
    PeerProof proof = PeerProof.ofThisMachine();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        Socket client = new Socket("127.0.0.1", server.getLocalPort());
        Socket accepted = server.accept()) {
      Door.Tcp door =
          new Door.Tcp(
              (InetSocketAddress) accepted.getRemoteSocketAddress(),
              (InetSocketAddress) accepted.getLocalSocketAddress());
      assertThat(proof.ownerOf(door)).isEqualTo(new PeerOwner.Uid(own));
      client.shutdownOutput();
      assertThat(proof.ownerOf(door)).isInstanceOf(PeerOwner.Unknown.class);
      client.close();
      assertThat(proof.ownerOf(door)).isInstanceOf(PeerOwner.Unknown.class);
    }
  }

  private PeerOwner owner() {
    return new PeerProof(proc).ownerOf(new Door.Tcp(PEER, OURS));
  }

  private void table(String name, String rows) throws IOException {
    Files.writeString(proc.resolve(name), HEADLINE + rows);
  }

  private static Optional<TcpTable.Row> find(
      String rows, InetSocketAddress local, InetSocketAddress remote) throws IOException {
    return TcpTable.find(new BufferedReader(new StringReader(HEADLINE + rows)), local, remote);
  }

  private static String row(String local, String remote, String state, int uid, long inode) {
    return "   7: %s %s %s 00000000:00000000 00:00000000 00000000 %5d        0 %d 1 0000000000000000 20 4 30 10 -1%n"
        .formatted(local, remote, state, uid, inode);
  }
}
