package daemon

import (
	"fmt"
	"os"

	"watchfire/detectors/reading"
)

// NewReader returns a reader with the topics and models of a configuration.
func NewReader(cfg *Config) (*reading.Reader, error) {
	r, err := reading.New()
	if err != nil {
		return nil, fmt.Errorf("load the reader: %w", err)
	}
	if err := r.SetTopics(cfg.Topics); err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	for _, path := range cfg.Models {
		m, err := LoadModel(path)
		if err != nil {
			return nil, err
		}
		if err := r.SetModel(m); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return r, nil
}

// LoadModel reads a model of mood from a file.
func LoadModel(path string) (*reading.Model, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load the model of mood: %w", err)
	}
	m, err := reading.ParseModel(file)
	if err != nil {
		return nil, fmt.Errorf("load the model of mood %s: %w", path, err)
	}
	return m, nil
}
