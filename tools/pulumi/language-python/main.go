// Starts the Python language host in the program's own environment, which the host is too old to find: that of the
// toolchain and virtualenv in Pulumi.yaml, else of the nearest lock file, else the nearest .venv, else PATH.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// Names the Python to use; whoever sets it has chosen the environment.
const chosenPython = "PULUMI_PYTHON_CMD"

func main() {
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func start() error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	folder := filepath.Join(filepath.Dir(executable), "python-host")
	environment := os.Environ()
	if os.Getenv(chosenPython) == "" {
		if environment, err = ofProgram(); err != nil {
			return err
		}
		environment = append(environment, chosenPython+"="+filepath.Join(folder, "python"))
	}
	host := filepath.Join(folder, "pulumi-language-python")
	return syscall.Exec(host, append([]string{host}, os.Args[1:]...), environment)
}

// ofProgram returns the environment variables that activate the environment of the program in the working directory.
func ofProgram() ([]string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	file, err := workspace.DetectProjectPathFrom(folder)
	if err != nil {
		return os.Environ(), nil // no program, as in `pulumi new`
	}
	project, err := workspace.LoadProject(file)
	if err != nil {
		return nil, err
	}
	options := toolchain.PythonOptions{Root: filepath.Dir(file), ProgramDir: folder}
	options.Virtualenv, _ = project.Runtime.Options()["virtualenv"].(string)
	name, _ := project.Runtime.Options()["toolchain"].(string)
	switch name {
	case "":
	case "pip":
		options.Toolchain = toolchain.Pip
	case "poetry":
		options.Toolchain = toolchain.Poetry
	case "uv":
		options.Toolchain = toolchain.Uv
	default:
		return nil, fmt.Errorf("%s: unsupported toolchain %q; use pip, poetry or uv", file, name)
	}
	if name == "" && options.Virtualenv == "" && nearest(folder, "uv.lock", "poetry.lock") == "" {
		options.Virtualenv = nearest(folder, ".venv")
	}
	chosen, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return nil, err
	}
	python, err := chosen.Command(context.Background()) // uv's also installs what the lock file has
	if err != nil {
		return nil, err
	}
	return python.Environ(), chosen.ValidateVenv(context.Background())
}

// nearest returns the path of the first of these files or folders, from this folder upwards; "" if there is none.
func nearest(folder string, names ...string) string {
	for ; ; folder = filepath.Dir(folder) {
		for _, name := range names {
			path := filepath.Join(folder, name)
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
		if folder == filepath.Dir(folder) {
			return ""
		}
	}
}
