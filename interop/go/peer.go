// A small libp2p peer to talk with: "peer listen" answers, "peer dial ADDRESS SCENARIO..." asks, "peer
// relay" is a circuit relay, "peer reserve RELAY" answers through one, "peer reach ADDRESS..." asks others
// whether it can be dialled.
// Options before the command: -security noise|tls, -transport tcp|ws; of a relay -duration SECONDS,
// -data BYTES (0 is no limit), -ttl SECONDS. -at ADDRESS is listened on, -punch replaces circuits,
// -autonat asks and answers who can be dialled.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/p2p/transport/websocket"
)

const (
	echoID  = "/fairlead/echo/1"
	halfID  = "/fairlead/half/1"
	resetID = "/fairlead/reset/1"
	sleepID = "/fairlead/sleep/1"
	perfID  = "/perf/1.0.0"
)

// Streams of the scenario "parallel".
const parallel = 64

var wake = make(chan struct{})

func main() {
	security := flag.String("security", "noise", "noise or tls")
	transport := flag.String("transport", "tcp", "tcp or ws")
	duration := flag.Int("duration", 120, "seconds of a circuit, 0 is no limit")
	data := flag.Int64("data", 131072, "bytes of a circuit in each direction, 0 is no limit")
	ttl := flag.Int("ttl", 3600, "seconds of a reservation")
	at := flag.String("at", "", "an address to listen on")
	punch := flag.Bool("punch", false, "replace circuits by direct connections")
	autonat := flag.Bool("autonat", false, "ask and answer who can be dialled")
	flag.Parse()
	h := newHost(*security, *transport, *at, *punch, *autonat)
	defer h.Close()
	switch flag.Arg(0) {
	case "listen":
		listen(h)
	case "relay":
		serveRelay(h, *duration, *data, *ttl)
		listen(h)
	case "reserve":
		reserve(h, flag.Arg(1))
	case "reach":
		reach(h, flag.Args()[1:])
	case "dial":
		dial(h, flag.Arg(1), flag.Args()[2:])
	default:
		fail(errors.New("listen or dial"))
	}
}

func newHost(security, transport, at string, punch, autonat bool) host.Host {
	limits, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(rcmgr.InfiniteLimits))
	if err != nil {
		fail(err)
	}
	options := []libp2p.Option{
		libp2p.NoTransports,
		libp2p.EnableRelay(),
		libp2p.ConnectionManager(connmgr.NullConnMgr{}), // all connections are kept
		libp2p.ResourceManager(limits),
	}
	if security == "tls" {
		options = append(options, libp2p.Security(libp2ptls.ID, libp2ptls.New))
	} else {
		options = append(options, libp2p.Security(noise.ID, noise.New))
	}
	if punch {
		options = append(options, libp2p.EnableHolePunching(), libp2p.ForceReachabilityPrivate())
	}
	if autonat {
		options = append(options, libp2p.EnableNATService(), libp2p.EnableAutoNATv2())
	}
	if transport == "ws" {
		at = cmp.Or(at, "/ip4/127.0.0.1/tcp/0/ws")
		options = append(options, libp2p.Transport(websocket.New))
	} else {
		at = cmp.Or(at, "/ip4/127.0.0.1/tcp/0")
		options = append(options, libp2p.Transport(tcp.NewTCPTransport))
	}
	options = append(options, libp2p.ListenAddrStrings(at))
	h, err := libp2p.New(options...)
	if err != nil {
		fail(err)
	}
	h.SetStreamHandler(echoID, func(s network.Stream) {
		io.Copy(s, s)
		s.Close()
	})
	h.SetStreamHandler(halfID, func(s network.Stream) {
		count, _ := io.Copy(io.Discard, s)
		fmt.Fprintf(s, "%d", count)
		s.Close()
	})
	h.SetStreamHandler(resetID, func(s network.Stream) {
		io.ReadFull(s, make([]byte, 1))
		s.ResetWithError(4242)
	})
	h.SetStreamHandler(sleepID, func(s network.Stream) {
		<-wake
		count, _ := io.Copy(io.Discard, s)
		fmt.Fprintf(s, "%d", count)
		s.Close()
	})
	h.SetStreamHandler(perfID, func(s network.Stream) {
		defer s.Close()
		var head [8]byte
		if _, err := io.ReadFull(s, head[:]); err != nil {
			return
		}
		io.Copy(io.Discard, s)
		write(s, binary.BigEndian.Uint64(head[:]))
	})
	return h
}

func listen(h host.Host) {
	fmt.Printf("listening %s/p2p/%s\n", h.Addrs()[0], h.ID())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "wake" {
			close(wake)
		}
	}
}

func serveRelay(h host.Host, duration int, data int64, ttl int) {
	resources := relay.DefaultResources()
	resources.ReservationTTL = time.Duration(ttl) * time.Second
	resources.Limit = &relay.RelayLimit{Duration: time.Duration(duration) * time.Second, Data: data}
	if duration == 0 && data == 0 {
		resources.Limit = nil
	}
	resources.MaxReservations = 1000
	resources.MaxReservationsPerIP = 1000
	resources.MaxCircuits = 1000
	if _, err := relay.New(h, relay.WithResources(resources)); err != nil {
		fail(err)
	}
}

// Reserves again as soon as a line says "again"; says when the place ends and whether there is a voucher.
func reserve(h host.Host, address string) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		fail(err)
	}
	ask := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		place, err := client.Reserve(ctx, h, *info)
		if err != nil {
			fmt.Printf("refused %v\n", err)
			return
		}
		fmt.Printf("reserved %d %t %d %d\n", place.Expiration.Unix(), place.Voucher != nil,
			int(place.LimitDuration.Seconds()), place.LimitData)
	}
	ask()
	fmt.Printf("listening %s/p2p-circuit/p2p/%s\n", address, h.ID())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "again" {
			ask()
		}
	}
}

// Says what others find: of the node, and of each of its addresses.
func reach(h host.Host, addresses []string) {
	events, err := h.EventBus().Subscribe([]any{
		new(event.EvtLocalReachabilityChanged), new(event.EvtHostReachableAddrsChanged)})
	if err != nil {
		fail(err)
	}
	go func() {
		for e := range events.Out() {
			switch e := e.(type) {
			case event.EvtLocalReachabilityChanged:
				fmt.Printf("reachability %s\n", e.Reachability)
			case event.EvtHostReachableAddrsChanged:
				fmt.Printf("addresses reached %v missed %v unknown %v\n", e.Reachable, e.Unreachable, e.Unknown)
			}
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Second)
	defer cancel()
	for _, address := range addresses {
		info, err := peer.AddrInfoFromString(address)
		if err != nil {
			fail(err)
		}
		if err := h.Connect(ctx, *info); err != nil {
			fail(err)
		}
	}
	listen(h)
}

func write(w io.Writer, bytes uint64) error {
	chunk := make([]byte, 64*1024)
	for bytes > 0 {
		n := min(uint64(len(chunk)), bytes)
		if _, err := w.Write(chunk[:n]); err != nil {
			return err
		}
		bytes -= n
	}
	return nil
}

func dial(h host.Host, address string, scenarios []string) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Second)
	defer cancel()
	ctx = network.WithAllowLimitedConn(ctx, "peer")
	if err := h.Connect(ctx, *info); err != nil {
		fail(err)
	}
	for _, scenario := range scenarios {
		name, argument, _ := strings.Cut(scenario, "=")
		number, _ := strconv.ParseUint(argument, 10, 64)
		started := time.Now()
		result, err := run(ctx, h, *info, name, number)
		if err != nil {
			fail(fmt.Errorf("%s: %w", scenario, err))
		}
		fmt.Printf("ok %s %s %d\n", scenario, result, time.Since(started).Microseconds())
	}
}

func run(ctx context.Context, h host.Host, info peer.AddrInfo, name string, number uint64) (string, error) {
	switch name {
	case "ping":
		r := <-ping.Ping(ctx, h, info.ID)
		return "-", r.Error
	case "identify":
		agent, err := h.Peerstore().Get(info.ID, "AgentVersion")
		if err != nil {
			return "", err
		}
		protocols, err := h.Peerstore().GetProtocols(info.ID)
		return fmt.Sprintf("%v/%d", agent, len(protocols)), err
	case "push":
		h.SetStreamHandler("/fairlead/pushed/1", func(s network.Stream) { s.Close() })
		time.Sleep(500 * time.Millisecond)
		return "-", nil
	case "echo":
		return "-", echo(ctx, h, info.ID, "hello", int(max(number, 1)))
	case "streams":
		var all sync.WaitGroup
		failures := make(chan error, number)
		for i := range number {
			all.Add(1)
			go func() {
				defer all.Done()
				if err := echo(ctx, h, info.ID, fmt.Sprintf("stream %d", i), 500); err != nil {
					failures <- err
				}
			}()
		}
		all.Wait()
		close(failures)
		return "-", <-failures
	case "half", "sleep":
		id := halfID
		if name == "sleep" {
			id = sleepID
		}
		s, err := h.NewStream(ctx, info.ID, protocol.ID(id))
		if err != nil {
			return "", err
		}
		if err := write(s, number); err != nil {
			return "", err
		}
		s.CloseWrite()
		answer, err := io.ReadAll(s)
		if err == nil && string(answer) != strconv.FormatUint(number, 10) {
			err = fmt.Errorf("counted %s", answer)
		}
		s.Close()
		return "-", err
	case "reset":
		s, err := h.NewStream(ctx, info.ID, protocol.ID(resetID))
		if err != nil {
			return "", err
		}
		s.Write([]byte{1})
		_, err = s.Read(make([]byte, 1))
		var reset *network.StreamError
		if !errors.As(err, &reset) {
			return "", fmt.Errorf("no reset: %v", err)
		}
		return strconv.Itoa(int(reset.ErrorCode)), nil
	case "upload", "download":
		s, err := h.NewStream(ctx, info.ID, protocol.ID(perfID))
		if err != nil {
			return "", err
		}
		var head [8]byte
		if name == "download" {
			binary.BigEndian.PutUint64(head[:], number)
		}
		s.Write(head[:])
		if name == "upload" {
			if err := write(s, number); err != nil {
				return "", err
			}
		}
		s.CloseWrite()
		count, err := io.Copy(io.Discard, s)
		s.Close()
		if err == nil && name == "download" && uint64(count) != number {
			err = fmt.Errorf("got %d", count)
		}
		return "-", err
	case "parallel":
		failures := make(chan error, parallel)
		for range parallel {
			go func() {
				_, err := run(ctx, h, info, "upload", number/parallel)
				failures <- err
			}()
		}
		for range parallel {
			if err := <-failures; err != nil {
				return "", err
			}
		}
		return "-", nil
	case "limited":
		for _, c := range h.Network().ConnsToPeer(info.ID) {
			return strconv.FormatBool(c.Stat().Limited), nil
		}
		return "", errors.New("no connection")
	case "direct": // one that did not come through a relay
		for ctx.Err() == nil {
			for _, c := range h.Network().ConnsToPeer(info.ID) {
				if !c.Stat().Limited {
					return c.RemoteMultiaddr().String(), nil
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		return "", errors.New("no direct connection")
	case "line":
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return "-", err
	case "connections":
		for range number {
			h.Network().ClosePeer(info.ID)
			if err := h.Connect(ctx, info); err != nil {
				return "", err
			}
		}
		return "-", nil
	}
	return "", errors.New("no such scenario")
}

func echo(ctx context.Context, h host.Host, id peer.ID, word string, times int) error {
	s, err := h.NewStream(ctx, id, protocol.ID(echoID))
	if err != nil {
		return err
	}
	text := strings.Repeat(word, times)
	written := make(chan error, 1)
	go func() {
		_, err := io.WriteString(s, text)
		s.CloseWrite()
		written <- err
	}()
	back, err := io.ReadAll(s)
	if err == nil {
		err = <-written
	}
	if err == nil && string(back) != text {
		err = fmt.Errorf("%d bytes back of %d", len(back), len(text))
	}
	s.Close()
	return err
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "failed", err)
	os.Exit(1)
}
