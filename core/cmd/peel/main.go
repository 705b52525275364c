// Command peel recovers the exact weights of a ReLU network from its answers.
//
//	peel extract VICTIM --seed N -o OUT.safetensors    attack a network
//	peel extract --oracle URL --seed N -o OUT…         attack one behind HTTP
//	peel score VICTIM OUT                              compare two networks
//	peel link VICTIM --seed N                          print a link to an experiment
//	peel verify LINK                                   run what a link holds, and compare
//	peel gen SIZES --seed N -o FILE                    make a random victim
//	peel convert NETWORK -o FILE                       write a network in another format
//	peel export JOURNAL -o RUN.peel                    put a run into one file
//	peel import RUN.peel                               check such a file and take out what is in it
//	peel victims                                       list the victims that Peel ships
//	peel picture --seed N -o FILE.svg                  draw how a neuron is traced
//	peel bench [VICTIM…]                               attack and score with several seeds
//	peel bench CAMPAIGN.json                           run a campaign, or what is left of it
//	peel bench --report RESULTS.jsonl                  show what came of one
//
// It exits with 0 when all went well, with 1 when a run ended without
// everything or two networks or runs differ, and with 2 when its input is bad.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

const usage = `Peel recovers the exact weights of a ReLU network from its answers.

  peel extract VICTIM [--seed N] [--workers K] [--json] [--budget N] [--plain]
                      [--precision float32] [--decimals N] [--noise SIGMA] [--journal FILE] [-o OUT.safetensors]
  peel extract --oracle URL [--token TOKEN] [the other flags]
  peel score VICTIM OUT [--seed N] [--json] [--events FILE]
  peel link VICTIM [the flags of a run] [--run] [--base ADDRESS]
  peel verify LINK [--victim FILE] [--show]
  peel gen SIZES [--seed N] -o FILE.safetensors
  peel convert NETWORK -o FILE.onnx
  peel export JOURNAL [--victim VICTIM] -o RUN.peel
  peel import RUN.peel [--journal FILE] [--victim FILE] [-o OUT.safetensors]
  peel victims
  peel picture [--seed N] [-o FILE.svg]
  peel bench [VICTIM…] [--seeds 1-5] [--workers K] [--precisions]
  peel bench CAMPAIGN.json [--results FILE] [--machine WORDS] [--at-once K] [--same RESULTS]
  peel bench --report RESULTS [--markdown] [--plots FOLDER]

VICTIM is a file (safetensors, .npz, ONNX, Keras) or the name of a victim that
Peel ships. A network is written in the format that its name ends in:
.safetensors, .npz, .onnx or .keras.
SIZES are layer widths such as 784-24-12-1 or 784-16x2-1.
Run "peel COMMAND -h" for the flags of a command.
`

// Exit codes.
const (
	exitOK         = 0
	exitIncomplete = 1
	exitBadInput   = 2
)

// env is where a command writes.
type env struct {
	out, err io.Writer
}

var commands = map[string]func(e env, args []string) (int, error){
	"extract": extractCommand,
	"score":   scoreCommand,
	"link":    linkCommand,
	"verify":  verifyCommand,
	"gen":     genCommand,
	"victims": victimsCommand,
	"picture": pictureCommand,
	"bench":   benchCommand,
	"convert": convertCommand,
	"export":  exportCommand,
	"import":  importCommand,
}

func main() {
	if os.Getenv("GOGC") == "" { // a run keeps little and makes many short-lived vectors
		debug.SetGCPercent(400)
	}
	os.Exit(execute(env{os.Stdout, os.Stderr}, os.Args[1:]))
}

func execute(e env, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(e.err, usage)
		return exitBadInput
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		fmt.Fprint(e.out, usage)
		return exitOK
	}
	command, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(e.err, "peel: there is no command %q; run \"peel help\" for the list\n", args[0])
		return exitBadInput
	}
	code, err := command(e, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(e.err, "peel %s: %v\n", args[0], err)
		return exitBadInput
	}
	return code
}
